// The calls of one store that are under way: each settles within the deadline, whatever becomes of the connection.
import { DeadlineExceededError, StoreClosedError, StoreUnreachableError } from '../errors.js';
import type { RedisConnection } from './connection.js';
import {
  type CallName,
  describe,
  fromReply,
  lostConnection,
  outcomeUnknown,
  wasNeverSent,
} from './failure.js';

/** `read`: may be sent again. `write`: is sent once at most. */
export type Access = 'read' | 'write';

interface Call {
  readonly name: CallName;
  readonly access: Access;
  readonly send: () => Promise<unknown>;
  readonly resolve: (output: never) => void;
  readonly reject: (error: Error) => void;
  /** On the monotonic clock. */
  readonly endsAt: number;
  /** How often it was sent; what comes of any but the last time is of no interest. */
  attempt: number;
  sent: boolean;
  /** How many answers this store had had when the call was sent. */
  answersBefore: number;
}

export class Calls {
  readonly #connection: RedisConnection;
  readonly #deadlineMs: number;
  readonly #unlisten: () => void;
  /** In the order in which they were made, which is the order of their deadlines. */
  readonly #pending = new Set<Call>();
  /** How many of them wait for a connection. */
  #waiting = 0;
  #answers = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed: (() => void) | undefined;

  constructor(connection: RedisConnection, deadlineMs: number) {
    this.#connection = connection;
    this.#deadlineMs = deadlineMs;
    this.#unlisten = connection.listen({
      connected: () => this.#sendWaiting(),
      lost: () => this.#lost(),
    });
  }

  /** @param send gives the command to ioredis and returns its promise. */
  run<Output>(name: CallName, access: Access, send: () => Promise<Output>): Promise<Output> {
    return new Promise<Output>((resolve, reject) => {
      if (this.#closed) {
        reject(new StoreClosedError());
        return;
      }
      const endsAt = performance.now() + this.#deadlineMs;
      const call: Call = {
        name,
        access,
        send,
        resolve,
        reject,
        endsAt,
        attempt: 0,
        sent: false,
        answersBefore: 0,
      };
      this.#pending.add(call);
      this.#waiting++;
      this.#timer ??= this.#startTimer(this.#deadlineMs);
      // Behind those that wait already, so that calls keep their order.
      if (!this.#connection.isReady) this.#connection.connect();
      else if (this.#waiting === 1) this.#send(call);
      else this.#sendWaiting();
    });
  }

  /** Lets the calls under way settle. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#closed = resolve;
      if (this.#pending.size === 0) resolve();
    });
    clearTimeout(this.#timer);
    this.#unlisten();
  }

  #send(call: Call): void {
    call.sent = true;
    this.#waiting--;
    call.answersBefore = this.#answers;
    const attempt = ++call.attempt;
    this.#connection.cork();
    call.send().then(
      (output) => {
        if (attempt !== call.attempt || !this.#settle(call)) return;
        this.#answers++;
        call.resolve(output as never);
      },
      (error: unknown) => {
        if (attempt === call.attempt && call.sent) this.#failed(call, error);
      },
    );
  }

  #sendWaiting(): void {
    if (this.#waiting === 0) return;
    for (const call of this.#pending) if (!call.sent) this.#send(call);
  }

  #failed(call: Call, error: unknown): void {
    if (wasNeverSent(error)) this.#wait(call);
    else if (lostConnection(error)) this.#unanswered(call, error);
    else if (this.#settle(call)) {
      this.#answers++;
      call.reject(fromReply(error, call.name));
    }
  }

  #lost(): void {
    for (const call of [...this.#pending]) {
      if (call.sent) this.#unanswered(call, this.#connection.lastError);
    }
  }

  #unanswered(call: Call, cause: unknown): void {
    if (call.access === 'read') this.#wait(call);
    else if (this.#settle(call)) call.reject(outcomeUnknown(call.name, cause));
  }

  /** Until the next connection. */
  #wait(call: Call): void {
    if (!this.#pending.has(call)) return;
    call.sent = false;
    this.#waiting++;
  }

  /** @returns whether it was under way. */
  #settle(call: Call): boolean {
    if (!this.#pending.delete(call)) return false;
    if (!call.sent) this.#waiting--;
    if (this.#pending.size === 0) this.#closed?.();
    return true;
  }

  /** Where the event loop was blocked past a deadline, the answers that have come meanwhile are read first. */
  #startTimer(ms: number): NodeJS.Timeout {
    return setTimeout(() => setImmediate(() => this.#expire()), ms);
  }

  #expire(): void {
    this.#timer = undefined;
    const now = performance.now();
    let silent = false;
    for (const call of this.#pending) {
      if (call.endsAt > now) {
        this.#timer = this.#startTimer(Math.ceil(call.endsAt - now));
        break;
      }
      // Redis answers in order: no answer at all since the call was sent means that nothing comes through.
      silent ||= call.sent && call.answersBefore === this.#answers;
      this.#settle(call);
      call.reject(this.#late(call));
    }
    if (silent) this.#connection.reset();
  }

  #late(call: Call): Error {
    const cause = this.#connection.lastError;
    if (!call.sent) {
      const reason = cause ? `: ${cause.message}` : '';
      return new StoreUnreachableError(
        `Redis could not be reached within ${this.#deadlineMs} ms${reason}. ${describe(call.name)} was not carried out`,
        undefined,
        { cause },
      );
    }
    if (call.access === 'write') return outcomeUnknown(call.name, cause);
    return new DeadlineExceededError(
      `Redis did not answer ${describe(call.name)} within ${this.#deadlineMs} ms; it can be tried again`,
      undefined,
      { cause },
    );
  }
}
