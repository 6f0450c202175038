// The way out to one other process: parcels in, frames out, one frame for all parcels of a turn.

import { type Address, BROADCAST, frameOf } from './frame.js';
import type { Port } from './port.js';

/** Parcels of one frame, in characters: a frame is not begun below it and not continued above it. */
const FRAME_CHARS = 64 * 1024;

/** How far payloads to one topic are joined into one parcel, in characters. */
const RUN_CHARS = 16 * 1024;

/** How much may be on its way to the kernel, in characters; the rest waits here, where it is counted. */
const WINDOW_CHARS = 256 * 1024;

export class Outbox {
  readonly #port: Port;
  /** Flat, four entries a parcel, as in a frame. */
  #parts: (string | Address)[] = [];
  #head = 0;
  #inFlight = 0;
  #scheduled = false;
  #paused: boolean;
  #closed = false;
  #idle: (() => void)[] = [];

  /** @param paused whether to hold everything until `resume()`. */
  constructor(port: Port, paused: boolean) {
    this.#port = port;
    this.#paused = paused;
  }

  push(kind: string, name: string, address: Address, body: string): void {
    if (this.#closed) return;
    const parts = this.#parts;
    const last = parts.length - 4;
    if (
      kind === BROADCAST &&
      last >= this.#head &&
      parts[last] === kind &&
      parts[last + 1] === name &&
      parts[last + 2] === address &&
      (parts[last + 3] as string).length < RUN_CHARS
    ) {
      parts[last + 3] = `${parts[last + 3] as string},${body}`;
    } else {
      parts.push(kind, name, address, body);
    }
    this.#schedule();
  }

  resume(): void {
    this.#paused = false;
    if (this.#parts.length > this.#head) this.#schedule();
  }

  /** Resolves when all that was pushed before has left this process, or the other side is gone. */
  flushed(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** The other side is gone. What waits is dropped. */
  close(): void {
    this.#closed = true;
    this.#parts = [];
    this.#head = 0;
    this.#settle();
  }

  #schedule(): void {
    if (this.#scheduled || this.#paused) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (!this.#paused && this.#head < this.#parts.length && this.#inFlight < WINDOW_CHARS) {
      let end = this.#head;
      let size = 0;
      while (end < this.#parts.length && size < FRAME_CHARS) {
        size += (this.#parts[end + 1] as string).length + (this.#parts[end + 3] as string).length;
        end += 4;
      }
      const parts = this.#parts.slice(this.#head, end);
      this.#head = end;
      if (end === this.#parts.length) {
        this.#parts = [];
        this.#head = 0;
      } else if (end > this.#parts.length / 2) {
        this.#parts = this.#parts.slice(end);
        this.#head = 0;
      }
      this.#inFlight += size;
      this.#port.send(frameOf(parts), () => {
        this.#inFlight -= size;
        if (this.#head < this.#parts.length) this.#schedule();
        else this.#settle();
      });
    }
  }

  #isIdle(): boolean {
    return this.#closed || (this.#inFlight === 0 && this.#head === this.#parts.length);
  }

  #settle(): void {
    if (!this.#isIdle()) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
