// The asking side of request and reply: every request settles once.

import { performance } from 'node:perf_hooks';
import { onAbort } from '@muster/codec/abort-listeners';
import type { Member } from '../../bus.js';
import { Deadlines } from '../../deadlines.js';
import { BackpressureError, BusClosedError } from '../../errors.js';
import { isSame } from '../../members/member.js';
import {
  type Missing,
  NoHandlerError,
  RemoteError,
  RequestTimeoutError,
  WorkerGoneError,
} from '../../request-errors.js';
import { type Body, unpack } from '../../wire/body.js';
import { CallTable } from './call-table.js';
import { errorOf, type Failure } from './remote-failure.js';

type Settle = (outcome: unknown) => void;

/** One that waits for its answer. */
class Pending {
  readonly id: number;
  readonly call: string;
  readonly member: Member;
  /** What its caller gave, all members that were asked before included. */
  readonly timeoutMs: number;
  readonly resolve: Settle;
  readonly reject: Settle;
  /** Whose request it is: a bus of this process. */
  readonly owner: object;
  /** Stops listening to the requester's signal. */
  unlisten: (() => void) | undefined;
  readonly endsAt: number;
  place = -1;
  next: this | undefined;

  constructor(
    id: number,
    call: string,
    member: Member,
    timeoutMs: number,
    endsAt: number,
    resolve: Settle,
    reject: Settle,
    owner: object,
  ) {
    this.id = id;
    this.call = call;
    this.member = member;
    this.timeoutMs = timeoutMs;
    this.endsAt = endsAt;
    this.resolve = resolve;
    this.reject = reject;
    this.owner = owner;
  }
}

/** How requests leave. */
interface RequestSender {
  /** The error that it throws says why there will be no answer. */
  ask(member: Member, call: string, id: number, body: Body): void;
  /** What is missing in this member to answer, as far as this process knows. */
  missingFor(member: Member, call: string): Missing | undefined;
  /** Nobody waits any longer. */
  cancel(member: Member, id: number): void;
}

export class PendingRequests {
  readonly #pending = new CallTable<Pending>();
  readonly #deadlines = new Deadlines<Pending>(
    (one) => this.#giveUp(one, this.#lateError(one)),
    true,
  );
  readonly #sender: RequestSender;
  #lastId = 0;

  constructor(sender: RequestSender) {
    this.#sender = sender;
  }

  ask(
    member: Member,
    call: string,
    body: Body,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    owner: object,
    endsAt = performance.now() + timeoutMs,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = (this.#lastId + 1) >>> 0;
      this.#lastId = id;
      const pending = new Pending(id, call, member, timeoutMs, endsAt, resolve, reject, owner);
      this.#pending.add(pending);
      this.#deadlines.add(pending);
      if (signal !== undefined) {
        pending.unlisten = onAbort(signal, () => this.#giveUp(pending, signal.reason));
      }
      try {
        this.#sender.ask(member, call, pending.id, body);
      } catch (error) {
        this.#end(pending);
        reject(error);
      }
    });
  }

  /** An answer counts only from the member that was asked: neither a successor nor another worker can give it. */
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
    else if (failure.why === 'no-bus') pending.reject(new NoHandlerError(call, member, 'no bus'));
    else if (failure.why === 'full') pending.reject(new BackpressureError(call));
    else pending.reject(new RemoteError(call, member, errorOf(failure)));
  }

  /** This member is gone: it answers nothing any more. */
  gone(member: Member): void {
    for (const pending of this.#pending.all) {
      if (!isSame(pending.member, member)) continue;
      this.#end(pending);
      pending.reject(new WorkerGoneError(pending.call, pending.member));
    }
  }

  /** This one waits for nothing any more. */
  closed(owner: object): void {
    for (const pending of this.#pending.all) {
      if (pending.owner === owner) this.#giveUp(pending, new BusClosedError());
    }
  }

  /** The primary is gone, and with it every way to ask. */
  allGone(): void {
    for (const { member } of this.#pending.all) this.gone(member);
  }

  #answered(from: Member, id: unknown): Pending | undefined {
    const pending = typeof id === 'number' ? this.#pending.get(from, id) : undefined;
    if (pending !== undefined) this.#end(pending);
    return pending;
  }

  #lateError({ call, member, timeoutMs }: Pending): Error {
    const missing = this.#sender.missingFor(member, call);
    return missing === undefined
      ? new RequestTimeoutError(call, member, timeoutMs)
      : new NoHandlerError(call, member, missing);
  }

  #giveUp(pending: Pending, error: unknown): void {
    this.#end(pending);
    pending.reject(error);
    this.#sender.cancel(pending.member, pending.id);
  }

  #end(pending: Pending): void {
    this.#pending.delete(pending);
    this.#deadlines.delete(pending);
    pending.unlisten?.();
  }
}

/** The failure may be any value: then it counts as a handler that failed without a message. */
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
