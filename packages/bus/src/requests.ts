// The asking side of request and reply: every request settles once.

import { unpack } from './body.js';
import type { Member } from './bus.js';
import {
  NoHandlerError,
  RemoteError,
  RequestTimeoutError,
  WorkerGoneError,
} from './call-errors.js';
import { BackpressureError } from './errors.js';
import { keyOf } from './member.js';

/** What the router, or the process that was asked, says instead of a reply. */
export interface Failure {
  readonly why: 'no-handler' | 'full' | 'threw';
  readonly error?: Error;
  readonly stack?: string;
}

interface Pending {
  readonly call: string;
  readonly member: Member;
  readonly key: string;
  settle(): void;
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

export class Requests {
  readonly #pending = new Map<number, Pending>();
  readonly #cancel: (key: string, id: number) => void;
  #lastId = 0;

  /** @param cancel tells the process that was asked that nobody waits any longer. */
  constructor(cancel: (key: string, id: number) => void) {
    this.#cancel = cancel;
  }

  /** @param send sends the request under this id. What it throws rejects. */
  ask(
    call: string,
    member: Member,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    send: (id: number) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const key = keyOf(member);
      const giveUp = (error: unknown) => {
        this.#take(id)?.reject(error);
        this.#cancel(key, id);
      };
      const aborted = () => giveUp(signal?.reason);
      const timer = setTimeout(
        () => giveUp(new RequestTimeoutError(call, member, timeoutMs)),
        timeoutMs,
      );
      this.#pending.set(id, {
        call,
        member,
        key,
        settle: () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', aborted);
        },
        resolve,
        reject,
      });
      signal?.addEventListener('abort', aborted);
      try {
        send(id);
      } catch (error) {
        this.#take(id)?.reject(error);
      }
    });
  }

  /** An answer counts only from whom was asked: neither a successor nor another worker can give it. */
  reply(from: Member, id: unknown, wire: unknown): void {
    const pending = this.#answered(from, id);
    if (pending === undefined) return;
    try {
      pending.resolve(unpack(wire));
    } catch (error) {
      pending.reject(error);
    }
  }

  fail(from: Member, id: unknown, wire: unknown): void {
    const pending = this.#answered(from, id);
    if (pending === undefined) return;
    const { call, member } = pending;
    const failure = failureOf(wire);
    if (failure.why === 'no-handler') pending.reject(new NoHandlerError(call, member));
    else if (failure.why === 'full') pending.reject(new BackpressureError(call));
    else pending.reject(new RemoteError(call, member, causeOf(failure)));
  }

  gone(key: string): void {
    for (const [id, pending] of this.#pending) {
      if (pending.key !== key) continue;
      this.#take(id)?.reject(new WorkerGoneError(pending.call, pending.member));
    }
  }

  /** The primary is gone, and with it all ways. */
  allGone(): void {
    for (const { key } of [...this.#pending.values()]) this.gone(key);
  }

  #answered(from: Member, id: unknown): Pending | undefined {
    if (typeof id !== 'number' || this.#pending.get(id)?.key !== keyOf(from)) return undefined;
    return this.#take(id);
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.settle();
    return pending;
  }
}

/** What came may be anything: then it is a handler that failed, without a word. */
function failureOf(wire: unknown): Failure {
  try {
    const failure = unpack(wire);
    if (typeof failure === 'object' && failure !== null && 'why' in failure)
      return failure as Failure;
  } catch {
    // It cannot be opened.
  }
  return { why: 'threw' };
}

function causeOf({ error, stack }: Failure): Error {
  const cause = error instanceof Error ? error : new Error('The handler failed');
  if (typeof stack === 'string') {
    Object.defineProperty(cause, 'stack', { value: stack, writable: true, configurable: true });
  }
  return cause;
}
