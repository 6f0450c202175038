// The errors of the session stores. What the shared store rejects with comes through as it is.
import { MusterError } from '@muster/codec/errors';
import { isError, stackOf, textOfThrown } from '@muster/codec/thrown';

/** The value to save is not a session: it is not an object, or JSON cannot write it. Nothing was stored. */
export class InvalidSessionError extends MusterError {
  readonly code = 'MUSTER_INVALID_SESSION';
}

/**
 * Another request changed what this one changed, and the store rejects that (`conflict: 'reject'`); or others changed the
 * session so often that this save always came too late. Nothing was stored.
 */
export class SessionConflictError extends MusterError {
  readonly code = 'MUSTER_SESSION_CONFLICT';
  /** For frameworks that answer with the status of an error, as express, fastify and koa do. */
  readonly status = 409;
  readonly statusCode = 409;
  /** The top-level fields in which both changed one value. */
  readonly fields: readonly string[];

  constructor(message: string, fields: readonly string[] = []) {
    super(message);
    this.fields = fields;
  }
}

/**
 * A process warning, not a rejection: a callback that a session store called threw. `cause` is what it threw. A callback
 * that throws from the same line again is not reported again.
 */
export class SessionCallbackFailedError extends MusterError {
  readonly code = 'MUSTER_SESSION_CALLBACK_FAILED';
  /** Where the callback threw. Node prints it below the message. */
  readonly detail: string | undefined;

  constructor(cause: unknown) {
    super(`A callback that was given to a session store threw ${described(cause)}`, { cause });
    this.detail = stackOf(cause);
  }
}

function described(thrown: unknown): string {
  if (!isError(thrown)) return `a value of type ${typeof thrown}`;
  const text = textOfThrown(thrown);
  // An async handler of fastify that neither returns nor awaits `reply`: fastify answers once more when it ends.
  const advice = '; if this is an async handler of fastify, write `return reply.send(…)`';
  return text.includes('ERR_HTTP_HEADERS_SENT') ? `${text}${advice}` : text;
}
