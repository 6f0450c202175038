// One call: its command, its server, and its state.
import type { WriteProgress } from '../../engine.js';
import type { StoreError } from '../../errors.js';
import type { RedisConnection } from '../topology/connection.js';
import type { CallName } from './failure.js';

/** `read`: may be sent again. `write`: is sent at most once, unless a server replies that it did nothing. */
type Access = 'read' | 'write';

/** One command, or one script. */
export interface Request {
  readonly name: CallName;
  readonly access: Access;
  /** A slot, for its master; or a certain server. */
  readonly to: number | RedisConnection;
  /**
   * Passes the command to ioredis and returns its promise. It is called once for each time that the call is sent. It must not create
   * promises of its own: refused calls are sent again in the order in which their replies arrive. It throws if the command is too
   * large to be sent.
   */
  send(connection: RedisConnection): Promise<unknown>;
  readonly write?: WriteProgress | undefined;
  /** Checks the reply. @returns an error if the reply is one. */
  readonly accept?:
    | ((connection: RedisConnection, reply: unknown) => Error | undefined)
    | undefined;
}

/** Called once. Must not throw. */
export type Done = (error: StoreError | undefined, reply?: unknown) => void;

export interface Call extends Request {
  readonly done: Done;
  /** On the monotonic clock. */
  readonly endsAt: number;
  /** The connection on which it was sent and not answered yet; `undefined` while it waits. */
  on: RedisConnection | undefined;
  /** How often it was sent. Only the reply to the last time counts. */
  attempt: number;
  /** The number of replies on that connection when the call was sent. */
  answersBefore: number;
  /** The last reply of a server that did not start on it. */
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
