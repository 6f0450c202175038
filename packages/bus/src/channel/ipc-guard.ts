// What a worker can do to its primary by writing to the channel itself.

import type { Worker } from 'node:cluster';
import { COMMAND } from '../wire/mark.js';
import { expel } from './expel.js';

const guarded = new WeakSet<object>();

/**
 * Keeps what a worker writes past Node, to the bare file descriptor, from ending the primary: Node parses
 * each line of the channel where an exception has nobody above it to catch it, and keeps what has come of a
 * line until its end does. A channel that cannot be read any further ends its worker. The handle is Node's own
 * affair; where a version of it keeps that elsewhere, the primary is as it is without the bus.
 */
export function guardChannel(child: Worker['process']): void {
  const key = Object.getOwnPropertySymbols(child).find(
    (one) => one.description === 'kChannelHandle',
  );
  const handle = key && (child as unknown as Record<symbol, { onread?: unknown } | null>)[key];
  const read = handle?.onread;
  if (!handle || typeof read !== 'function' || guarded.has(handle)) return;
  guarded.add(handle);
  const line = new Line();
  handle.onread = function (this: unknown, ...args: unknown[]): unknown {
    const [chunk] = args;
    if (chunk instanceof ArrayBuffer && !line.takes(new Uint8Array(chunk))) {
      expel(child, `it sent a message of more than ${line.mostMegabytes} MB`);
      return undefined;
    }
    try {
      return read.apply(this, args);
    } catch {
      // No JSON, or what somebody who listens could not take.
      expel(child, 'what it sent cannot be read');
      return undefined;
    }
  };
}

/** In bytes. A frame has 64 KiB, one more parcel and one piece, each of at most 128 Ki characters, escaped twice. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** Of any other message. What an app sends by `process.send` is its own affair up to here. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

const NEWLINE = 0x0a;
const FRAME_HEAD = Buffer.from(`{"cmd":"${COMMAND}"`);

/** The line that is not complete yet. */
class Line {
  #bytes = 0;
  #head = Buffer.alloc(0);

  /** That a line may have. */
  get mostMegabytes(): number {
    return this.#most / 1_048_576;
  }

  get #most(): number {
    return this.#head.equals(FRAME_HEAD) ? MAX_FRAME_BYTES : MAX_MESSAGE_BYTES;
  }

  /** @returns `false` where a line is longer than any may be. */
  takes(chunk: Uint8Array): boolean {
    const newline = chunk.lastIndexOf(NEWLINE);
    if (newline !== -1) {
      this.#bytes = 0;
      this.#head = Buffer.alloc(0);
    }
    const rest = chunk.subarray(newline + 1);
    this.#bytes += rest.length;
    if (this.#head.length < FRAME_HEAD.length) {
      this.#head = Buffer.concat([
        this.#head,
        rest.subarray(0, FRAME_HEAD.length - this.#head.length),
      ]);
    }
    return this.#bytes <= this.#most;
  }
}
