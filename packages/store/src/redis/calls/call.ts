// One call: what is asked of which server, and where it stands.
import type { WriteProgress } from '../../engine.js';
import type { StoreError } from '../../errors.js';
import type { RedisConnection } from '../topology/connection.js';
import type { CallName } from './failure.js';

/** `read`: may be sent again. `write`: is sent once at most, unless a server says that it did nothing. */
type Access = 'read' | 'write';

/** One command, or one script. */
export interface Request {
  readonly name: CallName;
  readonly access: Access;
  /** A slot, whose master it is for, or this very server. */
  readonly to: number | RedisConnection;
  /**
   * Gives the command to ioredis and returns its promise. It is called once for each time that it is sent. Promises of
   * its own would cost calls their order: what is refused is sent again in the order in which that is known.
   */
  send(connection: RedisConnection): Promise<unknown>;
  readonly write?: WriteProgress | undefined;
  /** Sees the reply. @returns an error where it is one. */
  readonly accept?:
    | ((connection: RedisConnection, reply: unknown) => Error | undefined)
    | undefined;
}

/** Is called once, and throws nothing. */
export type Done = (error: StoreError | undefined, reply?: unknown) => void;

export interface Call extends Request {
  readonly done: Done;
  /** On the monotonic clock. */
  readonly endsAt: number;
  /** Where it was sent and has not been answered; `undefined` while it waits. */
  on: RedisConnection | undefined;
  /** How often it was sent; what comes of any but the last time is of no interest. */
  attempt: number;
  /** How many answers that server had given when the call was sent. */
  answersBefore: number;
  /** What a server said that did not start on it. */
  refusedWith: unknown;
  redirects: number;
}

/** Field by field: a spread takes as long as the rest of a call. */
export function newCall(request: Request, done: Done, endsAt: number): Call {
  return {
    name: request.name,
    access: request.access,
    to: request.to,
    send: request.send,
    write: request.write,
    accept: request.accept,
    done,
    endsAt,
    on: undefined,
    attempt: 0,
    answersBefore: 0,
    refusedWith: undefined,
    redirects: 0,
  };
}
