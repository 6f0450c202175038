// The errors of the session stores. What the shared store rejects with comes through as it is.
import { MusterError } from '@muster/codec/errors';

/** What was to be saved is no session: not an object, or one that JSON cannot write. Nothing was stored. */
export class InvalidSessionError extends MusterError {
  readonly code = 'MUSTER_INVALID_SESSION';
}

/**
 * Another request changed what this one changed, and the store rejects that (`conflict: 'reject'`); or others changed the
 * session so often that this save never got its turn. Nothing was stored.
 */
export class SessionConflictError extends MusterError {
  readonly code = 'MUSTER_SESSION_CONFLICT';
  /** For those who answer with the status of an error: express, fastify and koa do so by themselves. */
  readonly status = 409;
  readonly statusCode = 409;
  /** The top-level fields that both changed. */
  readonly fields: readonly string[];

  constructor(message: string, fields: readonly string[] = []) {
    super(message);
    this.fields = fields;
  }
}
