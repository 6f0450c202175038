// The way to a router in the same process: by the end of this step of the event loop, not at once.
//
// node:cluster tells of a fork one tick after it. A broadcast in between must not miss the new worker.

import type { Uplink } from './client.js';
import { type Address, HELLO, type Parcel } from './frame.js';

/** Beyond it parcels are routed at once, so that a long loop of sends starts moving. In characters. */
const MAX_PENDING_CHARS = 64 * 1024;

export class LocalUplink implements Uplink {
  readonly #route: (parcels: readonly Parcel[]) => void;
  readonly #routed: () => Promise<void>;
  #pending: Parcel[] = [];
  #chars = 0;

  constructor(route: (parcels: readonly Parcel[]) => void, routed: () => Promise<void>) {
    this.#route = route;
    this.#routed = routed;
  }

  push(kind: string, name: string, address: Address, body: string): void {
    if (this.#pending.length === 0) process.nextTick(() => this.drain());
    this.#pending.push({ kind, name, address, body });
    this.#chars += body.length;
    if (this.#chars > MAX_PENDING_CHARS) this.drain();
  }

  /** Routes what was pushed so far. */
  drain(): void {
    const parcels = this.#pending;
    if (parcels.length === 0) return;
    this.#pending = [];
    this.#chars = 0;
    this.#route(parcels);
  }

  hello(): void {
    this.push(HELLO, '', null, '');
  }

  welcomed(): void {}

  flushed(): Promise<void> {
    this.drain();
    return this.#routed();
  }
}
