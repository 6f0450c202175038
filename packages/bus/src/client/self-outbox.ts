// Messages of this process to itself. They wait until it listens: as long and as many as the primary keeps for others.

import { performance } from 'node:perf_hooks';
import { clearTimer, setTimer, type Timer } from '@muster/codec/timers';
import { DEFAULT_KEEP_MS, DEFAULT_LIMIT_BYTES } from '../options/defaults.js';
import { localTransport } from '../transport/transport.js';
import { bytesOf } from '../wire/cost.js';
import { BROADCAST, type Packet } from '../wire/frame.js';
import { warnOfUnheard } from '../wire/outbox/drop-warning.js';
import { Outbox } from '../wire/outbox/outbox.js';

export class SelfOutbox {
  /** How much is kept until this process listens, in bytes. */
  limit = DEFAULT_LIMIT_BYTES;
  readonly #outbox: Outbox;
  readonly #since = performance.now();
  #keepMs = DEFAULT_KEEP_MS;
  #timer: Timer | undefined;
  /** Of what waits and may not be dropped. */
  #callBytes = 0;
  /** Messages that nobody asked for in time: no drops for want of room. */
  #unasked = 0;
  /** Whether there was no room for some of what waits. */
  #hasLost = false;
  #isKnown = false;
  #listens = false;

  /** @param receive a frame that this process sent to itself. */
  constructor(receive: (frame: unknown) => void) {
    const limit = Number.MAX_SAFE_INTEGER;
    this.#outbox = new Outbox(localTransport(receive), { limit, toRouter: false, name: 'itself' });
  }

  get bytes(): number {
    return this.#outbox.bytes;
  }

  get messages(): number {
    return this.#outbox.messages;
  }

  get dropped(): number {
    return this.#outbox.dropped - this.#unasked;
  }

  /** How long it is kept, from the start of the process. */
  set keepMs(ms: number) {
    this.#keepMs = ms;
    if (this.#timer !== undefined && !this.#listens) this.#watch();
  }

  push(packet: Packet, bytes = bytesOf(packet)): void {
    this.#outbox.push(packet, bytes);
    if (this.#isOpen) return;
    if (packet.kind !== BROADCAST) this.#callBytes += bytes;
    if (this.#outbox.dropTo(this.limit)) this.#hasLost = true;
    if (!this.#listens && this.#timer === undefined) this.#watch();
  }

  /** Whether a call of so many bytes has room: broadcasts are dropped for it. */
  accepts(bytes: number): boolean {
    return this.#isOpen || this.#callBytes + bytes <= this.limit;
  }

  /** This process knows who it is. */
  known(): void {
    this.#isKnown = true;
    this.#open();
  }

  /** This process has listeners now. */
  listens(): void {
    if (this.#hasLost) warnOfUnheard('the process that sent them');
    this.#wasAwaited();
  }

  flushed(): Promise<void> {
    return this.#isOpen ? this.#outbox.flushed() : Promise.resolve();
  }

  get #isOpen(): boolean {
    return this.#isKnown && this.#listens;
  }

  #open(): void {
    if (this.#isOpen) this.#outbox.resume();
  }

  #watch(): void {
    clearTimer(this.#timer);
    const leftMs = Math.max(0, this.#since + this.#keepMs - performance.now());
    this.#timer = setTimer(() => this.#late(), Math.ceil(leftMs)).unref();
  }

  /** Nobody asked for it in time. Calls are answered: there is no handler. */
  #late(): void {
    const before = this.#outbox.dropped;
    this.#outbox.dropTo(0);
    this.#unasked += this.#outbox.dropped - before;
    this.#hasLost = false;
    this.#wasAwaited();
  }

  #wasAwaited(): void {
    this.#listens = true;
    clearTimer(this.#timer);
    this.#open();
  }
}
