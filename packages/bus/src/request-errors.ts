// The errors of requests: why there is no reply.

import { MusterError } from '@muster/codec/errors';
import type { Member } from './bus.js';
import { memberText } from './members/member-text.js';

/** The handler threw; `cause` is that error, with its name, message, `code`, stack and simple fields. */
export class RemoteError extends MusterError {
  readonly code = 'MUSTER_REMOTE_ERROR';
  readonly call: string;
  readonly from: Member;
  /** The `code` of the error in the handler's process, if it had one. */
  readonly remoteCode: string | number | undefined;

  constructor(call: string, from: Member, cause: Error) {
    super(cause.message, { cause });
    this.call = call;
    this.from = from;
    const { code } = cause as { code?: unknown };
    this.remoteCode = typeof code === 'string' || typeof code === 'number' ? code : undefined;
  }
}

/** What is missing in a process that gives no answer. */
export type Missing = 'no handler' | 'no listener' | 'no bus';

/** The process is there and has no handler for this call, or no bus at all. */
export class NoHandlerError extends MusterError {
  readonly code = 'MUSTER_NO_HANDLER';
  readonly call: string;
  readonly from: Member;

  constructor(call: string, from: Member, missing: Missing = 'no handler') {
    super(MISSING[missing](call, memberText(from)));
    this.call = call;
    this.from = from;
  }
}

/** The member that was asked is gone, or there never was one. The handler may have run, or not. */
export class WorkerGoneError extends MusterError {
  readonly code = 'MUSTER_WORKER_GONE';
  readonly call: string;

  constructor(call: string, target: Member | number | string) {
    super(
      typeof target === 'object'
        ? `${memberText(target)} ended before it answered '${call}': ask its successor, if asking twice does no harm`
        : `No member to answer '${call}': there is no ${typeof target === 'number' ? `worker in slot ${target}` : `member with the role '${target}'`}`,
    );
    this.call = call;
  }
}

/** There was no reply in time. The handler may have run, or may still run: its `signal` is aborted. */
export class RequestTimeoutError extends MusterError {
  readonly code = 'MUSTER_REQUEST_TIMEOUT';
  readonly call: string;

  constructor(call: string, target: Member | number | string, timeoutMs: number) {
    const who =
      typeof target === 'object' ? memberText(target) : `'${target}' (this process has not joined)`;
    super(
      `No reply to '${call}' from ${who} within ${timeoutMs} ms: is it busy, or is timeoutMs too short?`,
    );
    this.call = call;
  }
}

/** A second handler for a call in one process. The first one stays. */
export class HandlerTakenError extends MusterError {
  readonly code = 'MUSTER_HANDLER_TAKEN';

  constructor(call: string) {
    super(
      `There is a handler for '${call}' in this process: end it first, or give the call another name`,
    );
  }
}

const MISSING: Record<Missing, (call: string, who: string) => string> = {
  'no handler': (call, who) =>
    `No handler for '${call}' in ${who}: add one there with bus.handle()`,
  'no listener': (call, who) =>
    `No handler in ${who} so far, for '${call}' or anything else: is it still starting? If not, call bus.handle() there`,
  'no bus': (call, who) =>
    `No bus in ${who} so far to answer '${call}': is it still starting? If not, call createBus() there, and bus.handle()`,
};
