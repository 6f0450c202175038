// The way out to one other process: packets in, frames out, as few as the turns of the event loop allow.

import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';
import { nextTick } from '@muster/codec/timers';
import { trace } from '../trace.js';
import type { Transport } from '../transport/transport.js';
import { waitsForMore } from './batching.js';
import { type Body, bytesIn } from './body.js';
import {
  EMPTY_WINDOW,
  hasRoom,
  isBusy,
  leave,
  mayLeave,
  returned,
  type Window,
  windowBytes,
} from './credit.js';
import { warnOfDrops } from './drop-warning.js';
import { type Address, frameOf, MARK, type Packet, REPLY, REQUEST, WIDTH } from './frame.js';
import { OVERHEAD_BYTES, PacketQueue } from './packet-queue.js';

/** How much may be on its way to the kernel, in bytes; the rest waits here, where it is counted. */
const IN_FLIGHT_BYTES = 256 * 1024;

/** So much, in bytes, waits for a member that is busy (credit.ts). */
const BUSY_BYTES = 512 * 1024;

/** So much leaves at once, and not at the end of the turn: it fills a frame, and is not to wait in the heap. */
const FULL_BYTES = 64 * 1024;

/**
 * How far beyond its limit an outbox may grow, in bytes, by senders that do not wait. Beyond that, the oldest
 * broadcasts are dropped, and calls are refused.
 */
export const SLACK_BYTES = 4 * 1024 * 1024;

/**
 * How much of retained values that are the newest of their topics may wait beyond that, in bytes. Then the oldest of them
 * are dropped as well.
 */
const VALUES_BYTES = 32 * 1024 * 1024;

/**
 * How many requests or replies leave at once, and not at the end of the turn. Whoever has many in flight waits
 * for all of a frame together: in two frames, one side works while the other does.
 */
const CALLS_AT_ONCE = 32;

/** So many packets that go before all others wait for nobody who reads. */
const MAX_FIRST = 10_000;

export interface OutboxOptions {
  /** In bytes. */
  readonly limit: number;
  /** Whether the other side is the router: what it has not routed counts as on its way, and what is too much is dropped here. */
  readonly toRouter: boolean;
  /** Who is at the other side, for traces. */
  readonly name: string;
}

/** Holds everything until `resume()`. */
export class Outbox {
  /** In bytes. A sender that waits does so above it. */
  limit: number;
  /** How many messages were dropped here. */
  dropped = 0;
  /** Of a sender, in bytes (credit.ts). */
  windowBytes = windowBytes(1);
  readonly #transport: Transport;
  readonly #toRouter: boolean;
  readonly #name: string;
  readonly #queue = new PacketQueue();
  /** What goes before all that waits: packets, flat. */
  #first: unknown[] = [];
  #inFlight = 0;
  #window: Window = EMPTY_WINDOW;
  #scheduled = false;
  /** Requests and replies since the last frame. */
  #calls = 0;
  /** In the last frame. */
  #lastMessages = 0;
  #paused = true;
  #closed = false;
  #idle: (() => void)[] = [];
  #roomy: (() => void)[] = [];
  #calm: (() => void)[] = [];

  constructor(transport: Transport, { limit, toRouter, name }: OutboxOptions) {
    this.#name = name;
    this.#transport = transport;
    this.limit = limit;
    this.#toRouter = toRouter;
  }

  /** What waits, in bytes. */
  get bytes(): number {
    return this.#queue.bytes;
  }

  get isFull(): boolean {
    return this.#queue.bytes > this.limit;
  }

  /** Whether as much is on its way as a sender may have there before it waits. */
  get isBusy(): boolean {
    const waiting = this.#queue.bytes;
    return this.#toRouter
      ? isBusy(this.#window, waiting, this.windowBytes)
      : waiting > this.#busyBytes;
  }

  get #busyBytes(): number {
    return Math.min(BUSY_BYTES, this.limit);
  }

  /** Whether the oldest of this kind make room for it, and nobody waits for that. */
  isLossy(packet: Packet): boolean {
    return this.#queue.isLossy(packet);
  }

  /** How many messages wait. */
  get messages(): number {
    return this.#queue.messages;
  }

  /**
   * @param bytes of it, where they are known.
   * @returns `false` for a piece of what was dropped: it is not taken.
   */
  push(packet: Packet, bytes = bytesOf(packet)): boolean {
    if (this.#closed || !this.#queue.push(packet, bytes)) return false;
    if (this.#queue.bytes > this.limit) this.#shrink(packet);
    const isCall = packet.kind === REQUEST || packet.kind === REPLY;
    if (isCall) this.#calls++;
    if (this.#calls === CALLS_AT_ONCE || this.#queue.bytes >= FULL_BYTES) this.#flush();
    else this.#schedule();
    return true;
  }

  /** Adds a message to the last packet that waits, as `PacketQueue.extend()`, where there is room. */
  extend(kind: string, name: string, address: Address, payload: unknown): boolean {
    const queue = this.#queue;
    if (this.#closed || queue.bytes >= this.limit) return false;
    if (!queue.extend(kind, name, address, payload)) return false;
    if (queue.bytes >= FULL_BYTES) this.#flush();
    else this.#schedule();
    return true;
  }

  /** Sends it before all that waits. @returns `false` where the other side reads none of these. */
  pushFirst({ kind, name, address, count, body }: Packet): boolean {
    if (this.#closed) return true;
    this.#first.push(kind, name, address, count, body);
    this.#schedule();
    return this.#first.length <= MAX_FIRST * WIDTH;
  }

  /** Whether a call of so many bytes may be added. A long one has room where nothing waits. */
  accepts(bytes: number): boolean {
    return this.#queue.isEmpty || this.#queue.bytes + bytes <= this.limit + SLACK_BYTES;
  }

  resume(): void {
    this.#paused = false;
    if (!this.#isEmpty()) this.#schedule();
  }

  /** The oldest mark has returned: the router has routed what was sent before it. */
  returned(): void {
    this.#window = returned(this.#window);
    if (!this.#isEmpty()) this.#schedule();
    this.#settle();
  }

  /** Drops the oldest broadcasts of this sender, so many bytes of them. @returns how many bytes that were. */
  shed(sender: string, bytes: number): number {
    const before = this.#queue.bytes;
    if (this.dropTo(before - bytes, sender)) warnOfDrops();
    return before - this.#queue.bytes;
  }

  /**
   * Drops the oldest broadcasts until so many bytes wait. Of retained values the newest of each topic may be `VALUES_BYTES`
   * more.
   *
   * @param sender whose alone are meant
   * @returns whether there was anything to drop
   */
  dropTo(bytes: number, sender?: string): boolean {
    const queue = this.#queue;
    const before = this.dropped;
    while (queue.bytes > bytes && this.#drop(queue.dropOldest(sender)));
    const most = bytes + VALUES_BYTES;
    while (queue.bytes > most && this.#drop(queue.dropOldestValue(sender)));
    return this.dropped > before;
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

  /** Calls back, once, when it is no longer busy, or the other side is gone. */
  onCalm(listener: () => void): void {
    this.#calm.push(listener);
  }

  /** The other side is gone. @returns how many messages had not left. */
  close(): number {
    if (this.#closed) return 0;
    this.#closed = true;
    const lost = this.#queue.messages;
    this.#first = [];
    this.#window = EMPTY_WINDOW;
    while (this.#queue.take() !== undefined);
    this.#settle();
    return lost;
  }

  #shrink(packet: Packet): void {
    const queue = this.#queue;
    if (queue.isLossy(packet)) {
      while (queue.bytes > this.limit && this.#drop(queue.dropLossy(packet)));
    }
    if (this.#toRouter && this.dropTo(this.limit + SLACK_BYTES)) warnOfDrops();
  }

  /** @returns whether there were any. */
  #drop(messages: number): boolean {
    this.dropped += messages;
    if (messages > 0) trace('drops messages to %s for want of room: %d', this.#name, messages);
    return messages > 0;
  }

  /**
   * A lone message leaves as soon as the code that runs now is done. Where the last frame had several, there
   * is traffic, and the next one leaves at the end of this turn of the event loop, with all that comes in it, or
   * a little later (batching.ts).
   */
  #schedule(): void {
    if (this.#scheduled || this.#paused) return;
    this.#scheduled = true;
    if (this.#lastMessages <= 1) {
      nextTick(() => this.#scheduledFlush());
      return;
    }
    const since = performance.now();
    let turns = 0;
    const turnEnds = () => {
      turns++;
      if (this.#waitsForMore(turns, performance.now() - since)) setImmediate(turnEnds);
      else this.#scheduledFlush();
    };
    setImmediate(turnEnds);
  }

  #scheduledFlush(): void {
    this.#scheduled = false;
    this.#flush();
  }

  #waitsForMore(turns: number, ms: number): boolean {
    const { bytes } = this.#queue;
    const isUrgent = this.#calls > 0 || this.#first.length > 0 || this.#closed;
    return waitsForMore({ turns, ms, bytes, isUrgent, lastMessages: this.#lastMessages });
  }

  #flush(): void {
    this.#calls = 0;
    if (!this.#mayLeave()) return;
    this.#lastMessages = this.#queue.messages;
    while (this.#mayLeave()) {
      const next = mayLeave(this.#window, this.windowBytes) ? this.#queue.take() : undefined;
      const first = this.#first;
      if (next === undefined && first.length === 0) break;
      this.#first = [];
      const bytes = next?.bytes ?? 0;
      const parts = first.length > 0 ? [...first, ...(next?.parts ?? [])] : (next?.parts ?? []);
      if (this.#toRouter && this.#isMarked(bytes)) parts.push(MARK, '', null, 0, '');
      this.#inFlight += bytes;
      this.#transport.send(frameOf(parts), () => {
        this.#inFlight -= bytes;
        if (!this.#isEmpty()) this.#schedule();
        this.#settle();
      });
    }
  }

  #mayLeave(): boolean {
    return !this.#paused && this.#inFlight < IN_FLIGHT_BYTES;
  }

  #isMarked(bytes: number): boolean {
    const [window, isMarked] = leave(this.#window, bytes, this.windowBytes);
    this.#window = window;
    return isMarked;
  }

  #isCalm(): boolean {
    return this.#toRouter ? !this.isBusy : hasRoom(this.#queue.bytes, this.#busyBytes);
  }

  #isEmpty(): boolean {
    return this.#queue.isEmpty && this.#first.length === 0;
  }

  #isIdle(): boolean {
    return this.#closed || (this.#inFlight === 0 && this.#isEmpty());
  }

  #settle(): void {
    if (this.#roomy.length > 0 && (this.#closed || hasRoom(this.#queue.bytes, this.limit))) {
      for (const listener of this.#roomy.splice(0)) listener();
    }
    if (this.#calm.length > 0 && (this.#closed || this.#isCalm())) {
      for (const listener of this.#calm.splice(0)) listener();
    }
    if (this.#idle.length > 0 && this.#isIdle()) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }
}

/** What a packet costs while it waits: its text as it travels, and what holds it. */
export function bytesOf(packet: Packet): number {
  return costOf(packet.name, packet.body);
}

export function costOf(name: string, body: Body): number {
  return bytesIn(body) + name.length + OVERHEAD_BYTES;
}
