// The way out to one other process: packets in, frames out, as few as the turns of the event loop allow.

import { trace } from '../../trace.js';
import type { Transport } from '../../transport/transport.js';
import { bytesOf } from '../cost.js';
import {
  EMPTY_WINDOW,
  hasRoom,
  isBusy,
  leave,
  mayLeave,
  returned,
  type Window,
  windowBytes,
} from '../credit.js';
import { type Address, frameOf, MARK, type Packet, REPLY, REQUEST, WIDTH } from '../frame.js';
import { warnOfDrops } from './drop-warning.js';
import { FlushSchedule } from './flush-schedule.js';
import { OutboxListeners } from './outbox-listeners.js';
import { PacketQueue } from './packet-queue.js';

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
 * After so many requests or replies a frame leaves at once, and not at the end of the turn. A requester with many in
 * flight waits for all of a frame together: with two frames, one side works while the other does.
 */
const CALLS_AT_ONCE = 32;

/** So many packets that go before all others wait for nobody who reads. */
const MAX_FIRST = 10_000;

export interface OutboxOptions {
  /** In bytes. */
  readonly limit: number;
  /** Whether the other side is the router: what it has not routed counts as on its way, and what is too much is dropped here. */
  readonly toRouter: boolean;
  /** The name of the other side, for traces. */
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
  /** Packets that leave before all others, flat. */
  #first: unknown[] = [];
  #inFlight = 0;
  #window: Window = EMPTY_WINDOW;
  readonly #schedule = new FlushSchedule({
    flush: () => this.#flush(),
    lastMessages: () => this.#lastMessages,
    bytes: () => this.#queue.bytes,
    isUrgent: () => this.#calls > 0 || this.#first.length > 0 || this.#closed,
  });
  readonly #listeners = new OutboxListeners({
    hasRoom: () => this.#closed || hasRoom(this.#queue.bytes, this.limit),
    isCalm: () => this.#closed || this.#isCalm(),
    isIdle: () => this.#isIdle(),
  });
  /** Requests and replies since the last frame. */
  #calls = 0;
  /** In the last frame. */
  #lastMessages = 0;
  #paused = true;
  #closed = false;

  constructor(transport: Transport, { limit, toRouter, name }: OutboxOptions) {
    this.#name = name;
    this.#transport = transport;
    this.limit = limit;
    this.#toRouter = toRouter;
  }

  /** The size of the messages that wait. */
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
    else this.#flushSoon();
    return true;
  }

  /** Adds a message to the last packet that waits, as `PacketQueue.extend()`, where there is room. */
  extend(kind: string, name: string, address: Address, payload: unknown): boolean {
    const queue = this.#queue;
    if (this.#closed || queue.bytes >= this.limit) return false;
    if (!queue.extend(kind, name, address, payload)) return false;
    if (queue.bytes >= FULL_BYTES) this.#flush();
    else this.#flushSoon();
    return true;
  }

  /** Sends it before all that waits. @returns `false` where the other side reads none of these. */
  pushFirst({ kind, name, address, count, body }: Packet): boolean {
    if (this.#closed) return true;
    this.#first.push(kind, name, address, count, body);
    this.#flushSoon();
    return this.#first.length <= MAX_FIRST * WIDTH;
  }

  /** Whether a call of so many bytes may be added. A long one has room where nothing waits. */
  accepts(bytes: number): boolean {
    return this.#queue.isEmpty || this.#queue.bytes + bytes <= this.limit + SLACK_BYTES;
  }

  resume(): void {
    this.#paused = false;
    if (!this.#isEmpty()) this.#flushSoon();
  }

  /** The oldest mark has returned: the router has routed what was sent before it. */
  returned(): void {
    this.#window = returned(this.#window);
    if (!this.#isEmpty()) this.#flushSoon();
    this.#listeners.settle();
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
   * @param sender only messages of this sender
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
    return new Promise((resolve) => this.#listeners.onIdle(resolve));
  }

  /** Calls back, once, when it is no longer full, or the other side is gone. */
  onRoom(listener: () => void): void {
    this.#listeners.onRoom(listener);
  }

  /** Calls back, once, when it is no longer busy, or the other side is gone. */
  onCalm(listener: () => void): void {
    this.#listeners.onCalm(listener);
  }

  /** The other side is gone. @returns how many messages had not left. */
  close(): number {
    if (this.#closed) return 0;
    this.#closed = true;
    const lost = this.#queue.messages;
    this.#first = [];
    this.#window = EMPTY_WINDOW;
    while (this.#queue.take() !== undefined);
    this.#listeners.settle();
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

  #flushSoon(): void {
    if (!this.#paused) this.#schedule.begin();
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
        if (!this.#isEmpty()) this.#flushSoon();
        this.#listeners.settle();
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
}
