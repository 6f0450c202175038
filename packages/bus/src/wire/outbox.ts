// The way out to one other process: parcels in, frames out, as few as the turns of the event loop allow.

import { setImmediate } from 'node:timers';
import type { Port } from '../port.js';
import { type Body, bytesIn } from './body.js';
import { frameOf, LOSSY, type Parcel, REPLY, REQUEST } from './frame.js';
import { OVERHEAD_BYTES, ParcelQueue } from './parcel-queue.js';

/** How much may be on its way to the kernel, in bytes; the rest waits here, where it is counted. */
const WINDOW_BYTES = 256 * 1024;

/** So much leaves at once, and not at the end of the turn: it fills a frame, and is not to wait in the heap. */
const FULL_BYTES = 64 * 1024;

/**
 * How far beyond its limit an outbox may grow, in bytes, by what was sent before its senders knew, or by
 * senders that do not wait. Beyond that, the oldest broadcasts are dropped, and calls are refused.
 */
const SLACK_BYTES = 4 * 1024 * 1024;

/**
 * How many requests or replies leave at once, and not at the end of the turn. Whoever has many in flight waits
 * for all of a frame together: in two frames, one side works while the other does.
 */
const CALLS_AT_ONCE = 32;

/** One warning a process: the counter says how many. */
let warned = false;

function warn(): void {
  if (warned) return;
  warned = true;
  process.emitWarning(
    'An outbox of the bus is full, and the oldest messages in it are dropped: await broadcast(), ' +
      "or choose whenFull: 'drop-oldest' or 'error'. bus.stats() counts them",
    { code: 'MUSTER_BACKPRESSURE' },
  );
}

export class Outbox {
  /** In bytes. A sender that waits does so above it. */
  limit: number;
  /** How many messages were dropped here. */
  dropped = 0;
  readonly #port: Port;
  readonly #queue = new ParcelQueue();
  #inFlight = 0;
  #scheduled = false;
  /** Requests and replies since the last frame. */
  #calls = 0;
  /** In the last frame. */
  #lastMessages = 0;
  #paused: boolean;
  #closed = false;
  #idle: (() => void)[] = [];
  #roomy: (() => void)[] = [];

  /** @param paused whether to hold everything until `resume()`. */
  constructor(port: Port, limit: number, paused: boolean) {
    this.#port = port;
    this.limit = limit;
    this.#paused = paused;
  }

  /** What waits, in bytes. */
  get bytes(): number {
    return this.#queue.bytes;
  }

  get isFull(): boolean {
    return this.#queue.bytes > this.limit;
  }

  /** How many messages wait. */
  get messages(): number {
    return this.#queue.messages;
  }

  /** @param bytes of it, where they are known. */
  push(parcel: Parcel, bytes = bytesOf(parcel)): void {
    if (this.#closed) return;
    this.#queue.push(parcel, bytes);
    if (this.#queue.bytes > this.limit) this.#shrink(parcel.kind === LOSSY);
    const isCall = parcel.kind === REQUEST || parcel.kind === REPLY;
    if (isCall) this.#calls++;
    if (this.#calls === CALLS_AT_ONCE || this.#queue.bytes >= FULL_BYTES) this.#flush();
    else this.#schedule();
  }

  /** Whether a call of so many bytes may be added. */
  accepts(bytes: number): boolean {
    return this.#queue.bytes + bytes <= this.limit + SLACK_BYTES;
  }

  resume(): void {
    this.#paused = false;
    if (!this.#queue.isEmpty) this.#schedule();
  }

  /** Resolves when all that was pushed before has left this process, or the other side is gone. */
  flushed(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Calls back, once, when it is no longer full, or the other side is gone. */
  onRoom(listener: () => void): void {
    this.#roomy.push(listener);
  }

  /** The other side is gone. @returns how many messages had not left. */
  close(): number {
    if (this.#closed) return 0;
    this.#closed = true;
    const lost = this.#queue.messages;
    while (this.#queue.take() !== undefined);
    this.#settle();
    return lost;
  }

  #shrink(lossy: boolean): void {
    while (lossy && this.#queue.bytes > this.limit) {
      const dropped = this.#queue.dropOldest(true);
      if (dropped === 0) break;
      this.dropped += dropped;
    }
    while (this.#queue.bytes > this.limit + SLACK_BYTES) {
      const dropped = this.#queue.dropOldest(false);
      if (dropped === 0) break;
      warn();
      this.dropped += dropped;
    }
  }

  /**
   * A lone message leaves as soon as the code that runs now is done. Where the last frame had several, there
   * is traffic, and the next one leaves at the end of this turn of the event loop, with all that comes in it.
   */
  #schedule(): void {
    if (this.#scheduled || this.#paused) return;
    this.#scheduled = true;
    const flush = () => {
      this.#scheduled = false;
      this.#flush();
    };
    if (this.#lastMessages > 1) setImmediate(flush);
    else process.nextTick(flush);
  }

  #flush(): void {
    this.#calls = 0;
    if (this.#inFlight >= WINDOW_BYTES) return;
    this.#lastMessages = this.#queue.messages;
    while (!this.#paused && this.#inFlight < WINDOW_BYTES) {
      const next = this.#queue.take();
      if (next === undefined) break;
      this.#inFlight += next.bytes;
      this.#port.send(frameOf(next.parts), () => {
        this.#inFlight -= next.bytes;
        if (!this.#queue.isEmpty) this.#schedule();
        this.#settle();
      });
    }
  }

  #isIdle(): boolean {
    return this.#closed || (this.#inFlight === 0 && this.#queue.isEmpty);
  }

  #settle(): void {
    if (this.#roomy.length > 0 && (this.#closed || this.#queue.bytes <= this.limit / 2)) {
      for (const listener of this.#roomy.splice(0)) listener();
    }
    if (this.#idle.length > 0 && this.#isIdle()) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }
}

/** What a parcel costs while it waits: its text as it travels, and what holds it. */
export function bytesOf(parcel: Parcel): number {
  return costOf(parcel.name, parcel.body);
}

export function costOf(name: string, body: Body): number {
  return bytesIn(body) + name.length + OVERHEAD_BYTES;
}
