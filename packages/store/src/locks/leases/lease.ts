// A lease that is held: it extends itself, and knows in time when it is over.
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import { publishCalls } from '../../api/public-calls.js';
import type { Engine } from '../../engine.js';
import { LockLostError } from '../../errors.js';
import type { Lock } from '../contract.js';
import { leftOfLeaseMs, type Moment, moment } from './lease-clock.js';

/** What a lease asks of those who gave it. */
export interface LeaseHandlers {
  /** Says whether it was still held. */
  extend(): Promise<boolean>;
  /** Says whether it was still held. */
  release(): Promise<boolean>;
  /** It is held no more, whatever the store may think. */
  ended(): void;
}

interface Held {
  readonly engine: Engine;
  readonly key: string;
  readonly id: string;
  readonly name: string;
  readonly token: number;
  readonly leaseMs: number;
  /** When it was asked for. */
  readonly start: Moment;
}

/** Parts of the lease: from one extension to the next, and to the next attempt where one failed. */
const EXTEND_EVERY = 1 / 3;
const RETRY_EVERY = 1 / 15;

export class Lease implements Lock {
  static {
    publishCalls(
      Lease.prototype,
      'lock.',
      { release: { takes: 0 } },
      (lease) => lease.#engine.kind,
    );
  }

  /** Full, of the lease, and its holder's id there. */
  readonly key: string;
  readonly id: string;
  readonly name: string;
  readonly token: number;
  readonly #engine: Engine;
  readonly #leaseMs: number;
  readonly #handlers: LeaseHandlers;
  #start: Moment;
  #timer: NodeJS.Timeout | undefined;
  /** When it is extended next; milliseconds on the monotonic clock. */
  #extendAt = 0;
  #isExtending = false;
  /** Why it is over, for the error that says so. */
  #end: string | undefined;
  #controller: AbortController | undefined;
  #released: Promise<boolean> | undefined;

  constructor(held: Held, handlers: LeaseHandlers) {
    const { engine, key, id, name, token, leaseMs, start } = held;
    this.#engine = engine;
    this.key = key;
    this.id = id;
    this.name = name;
    this.token = token;
    this.#leaseMs = leaseMs;
    this.#start = start;
    this.#handlers = handlers;
    this.#extendAt = start.monotonic + leaseMs * EXTEND_EVERY;
    this.#arm();
  }

  /** Looks at the clock. */
  get isHeld(): boolean {
    if (this.#end === undefined && this.#leftMs() <= 0) {
      this.#stop(`its lease of ${this.#leaseMs} ms could not be extended in time`);
      // The store may see it as held for a little longer.
      this.#handlers.release().catch(() => {});
    }
    return this.#end === undefined;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      lookFirst(this.#controller.signal, () => this.isHeld);
      if (!this.isHeld) this.#abort();
    }
    return this.#controller.signal;
  }

  /** Aborts the signal ahead of a release. Until then the lease is held, and extended. */
  revoke(reason: string): void {
    if (this.signal.aborted) return;
    this.#controller?.abort(new LockLostError(this.name, reason));
  }

  release(): Promise<boolean> {
    return this.giveBack();
  }

  /** As `release`, of a lease that nobody but the store itself has seen. */
  giveBack(): Promise<boolean> {
    if (!this.#released) {
      const wasHeld = this.isHeld;
      this.#stop('it was released');
      this.#released = this.#handlers.release().then((isHeld) => isHeld && wasHeld);
    }
    return this.#released;
  }

  /** It is gone from the store. */
  lose(reason: string): void {
    this.#released ??= Promise.resolve(false);
    this.#stop(reason);
  }

  /** The store has taken it back already. */
  drop(): void {
    this.#released ??= Promise.resolve(true);
    this.#stop('it was released');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release().catch(() => {});
  }

  #leftMs(): number {
    return leftOfLeaseMs(this.#leaseMs, this.#start, moment(this.#engine));
  }

  #stop(reason: string): void {
    if (this.#end !== undefined) return;
    clearTimeout(this.#timer);
    this.#end = reason;
    this.#handlers.ended();
    this.#abort();
  }

  /** Where nobody has asked for the signal, nothing is made for it: an error takes longer than a transaction. */
  #abort(): void {
    this.#controller?.abort(new LockLostError(this.name, this.#end ?? ''));
  }

  /** A lease alone keeps no process alive. */
  #arm(): void {
    clearTimeout(this.#timer);
    const untilExtension = this.#isExtending ? Infinity : this.#extendAt - performance.now();
    const ms = Math.max(Math.min(untilExtension, this.#leftMs()), 0);
    this.#timer = setTimeout(() => this.#due(), ms).unref();
  }

  #due(): void {
    if (!this.isHeld) return;
    if (!this.#isExtending && performance.now() >= this.#extendAt) this.#extend();
    this.#arm();
  }

  async #extend(): Promise<void> {
    this.#isExtending = true;
    const start = moment(this.#engine);
    let isHeld: boolean | undefined;
    try {
      isHeld = await this.#handlers.extend();
    } catch {
      // Nobody knows: the lease that there is goes on, and it is tried again as long as that lasts.
    }
    this.#isExtending = false;
    if (this.#end !== undefined) return;
    if (isHeld) this.#start = start;
    else if (isHeld === false) this.#stop('the store gave it to somebody else');
    if (this.#end !== undefined) return;
    const every = this.#leaseMs * (isHeld ? EXTEND_EVERY : RETRY_EVERY);
    this.#extendAt = performance.now() + every;
    this.#arm();
  }
}

/** Has `look` run before the signal says how it stands: a timer may be late, a clock is not. */
function lookFirst(signal: AbortSignal, look: () => unknown): void {
  const prototype = Object.getPrototypeOf(signal);
  for (const name of ['aborted', 'reason'] as const) {
    const native = Object.getOwnPropertyDescriptor(prototype, name)?.get;
    Object.defineProperty(signal, name, {
      get() {
        look();
        return native?.call(signal);
      },
    });
  }
  Object.defineProperty(signal, 'throwIfAborted', {
    value: () => {
      if (signal.aborted) throw signal.reason;
    },
  });
}
