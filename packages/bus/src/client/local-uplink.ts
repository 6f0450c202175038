// The way to a router in the same process: by the end of this step of the event loop, not at once.
//
// node:cluster tells of a fork one tick after it. A broadcast in between must not miss the new worker.

import { setImmediate } from 'node:timers';
import { nextTick } from '@muster/codec/timers';
import { lengthOf } from '../wire/body.js';
import { HELLO, type Packet } from '../wire/frame.js';
import type { Uplink } from './uplink.js';

/** Beyond it packets are routed at once, so that a long loop of sends starts moving. In characters. */
const MAX_PENDING_CHARS = 64 * 1024;

/** Above it a sender that awaits lets the event loop turn, so that what it sent can leave. In characters. */
const TURN_CHARS = 1024 * 1024;

export class LocalUplink implements Uplink {
  /** The outboxes of the members are what can be full; the router tells of them by itself. */
  readonly limit = Number.MAX_SAFE_INTEGER;
  readonly #route: (packets: readonly Packet[]) => void;
  readonly #routed: () => Promise<void>;
  readonly lookUp: () => void;
  #pending: Packet[] = [];
  #chars = 0;
  /** In this turn of the event loop. */
  #pushedChars = 0;

  constructor(
    route: (packets: readonly Packet[]) => void,
    routed: () => Promise<void>,
    lookUp: () => void,
  ) {
    this.lookUp = lookUp;
    this.#route = route;
    this.#routed = routed;
  }

  /** Messages wait in the outboxes of the members, and not here. */
  readonly bytes = 0;

  get isBusy(): boolean {
    return this.#pushedChars >= TURN_CHARS;
  }

  push(packet: Packet): void {
    if (this.#pending.length === 0) nextTick(() => this.drain());
    if (this.#pushedChars === 0) {
      setImmediate(() => {
        this.#pushedChars = 0;
      });
    }
    this.#pending.push(packet);
    const chars = lengthOf(packet.body);
    this.#chars += chars;
    this.#pushedChars += chars + 1;
    if (this.#chars > MAX_PENDING_CHARS) this.drain();
  }

  extend(): boolean {
    return false;
  }

  /** Routes what was pushed so far. */
  drain(): void {
    const packets = this.#pending;
    if (packets.length === 0) return;
    this.#pending = [];
    this.#chars = 0;
    this.lookUp();
    this.#route(packets);
  }

  accepts(): boolean {
    return true;
  }

  onRoom(): void {}

  onCalm(listener: () => void): void {
    setImmediate(listener);
  }

  returned(): void {}

  hello(): void {
    this.push({ kind: HELLO, name: '', address: null, count: 0, body: '' });
  }

  welcomed(): void {}

  flushed(): Promise<void> {
    this.drain();
    return this.#routed();
  }
}
