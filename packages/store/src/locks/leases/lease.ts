// A lease that this process holds: it extends itself, and aborts its signal in time if it cannot.
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import { publishCalls } from '../../api/public-calls.js';
import type { Engine } from '../../engine.js';
import { LockLostError } from '../../errors.js';
import type { Lock } from '../contract.js';
import { leftOfLeaseMs, type Moment, moment } from './lease-clock.js';
import { lookBeforeAnswer } from './looking-signal.js';

/** The calls of a lease to the store. */
export interface LeaseHandlers {
  /** @returns whether it was still held. */
  extend(): Promise<boolean>;
  /** @returns whether it was still held. */
  release(): Promise<boolean>;
  /** Called when it has ended for its holder, whatever the store may still think. */
  ended(): void;
}

interface Held {
  readonly engine: Engine;
  readonly key: string;
  readonly id: string;
  readonly name: string;
  readonly token: number;
  readonly leaseMs: number;
  /** When it was requested. */
  readonly start: Moment;
}

/** Fractions of the lease: between two extensions, and from a failed extension to the next attempt. */
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

  /** The full key of the lease, and the id of this holder in it. */
  readonly key: string;
  readonly id: string;
  readonly name: string;
  readonly token: number;
  readonly #engine: Engine;
  readonly #leaseMs: number;
  readonly #handlers: LeaseHandlers;
  #start: Moment;
  #timer: NodeJS.Timeout | undefined;
  /** The time of the next extension; milliseconds on the monotonic clock. */
  #extendAt = 0;
  #isExtending = false;
  /** Why it has ended, for the error. */
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
      lookBeforeAnswer(this.#controller.signal, () => this.isHeld);
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

  /** Like `release`, without diagnostics: for leases of the store's own. */
  giveBack(): Promise<boolean> {
    if (!this.#released) {
      const wasHeld = this.isHeld;
      this.#stop('it was released');
      this.#released = this.#handlers.release().then((isHeld) => isHeld && wasHeld);
    }
    return this.#released;
  }

  /** Ends it because the store has lost it. */
  lose(reason: string): void {
    this.#released ??= Promise.resolve(false);
    this.#stop(reason);
  }

  /** Ends it because the store has already released it. */
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

  /** Without a signal there is no error to create, which takes longer than a transaction. */
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
      // Unknown: the current lease goes on, and the extension is tried again until it ends.
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
