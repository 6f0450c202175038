// Protects the primary from a worker that writes to the IPC channel itself.

import type { Worker } from 'node:cluster';
import { JsonDepth } from '../wire/json-depth.js';
import { COMMAND } from '../wire/protocol.js';
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
    const fault = chunk instanceof ArrayBuffer ? line.faultOf(new Uint8Array(chunk)) : undefined;
    if (fault !== undefined) {
      expel(child, fault);
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

/** In bytes. A frame has 64 KiB, one more packet and one piece, each of at most 128 Ki characters, escaped twice. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** The largest size of any other message. Up to here, messages of `process.send` are the app's own affair. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

const NEWLINE = 0x0a;
const FRAME_HEAD = Buffer.from(`{"cmd":"${COMMAND}"`);

/** Of a line that is longer the depth counts: few are, and a shorter one costs little, however deep it is. */
const SHORT_BYTES = 512 * 1024;

/** The line that is not complete yet. */
class Line {
  #bytes = 0;
  #head = Buffer.alloc(0);
  /** The beginning of it, while it is short. */
  #short: Uint8Array[] = [];
  #depth = new JsonDepth();

  /** The fault of the part that has come: a sentence without its subject. */
  faultOf(chunk: Uint8Array): string | undefined {
    const end = chunk.indexOf(NEWLINE);
    if (end === -1) return this.#add(chunk);
    const isShort = this.#bytes + end <= SHORT_BYTES;
    const fault = isShort ? undefined : this.#add(chunk.subarray(0, end));
    if (fault !== undefined) return fault;
    this.#bytes = 0;
    this.#head = Buffer.alloc(0);
    this.#short = [];
    this.#depth = new JsonDepth();
    return this.#add(chunk.subarray(chunk.lastIndexOf(NEWLINE) + 1));
  }

  #add(part: Uint8Array): string | undefined {
    this.#bytes += part.length;
    if (this.#head.length < FRAME_HEAD.length) {
      const missing = FRAME_HEAD.length - this.#head.length;
      this.#head = Buffer.concat([this.#head, part.subarray(0, missing)]);
    }
    const most = this.#head.equals(FRAME_HEAD) ? MAX_FRAME_BYTES : MAX_MESSAGE_BYTES;
    if (this.#bytes > most) return `it sent a message of more than ${most / 1_048_576} MB`;
    this.#short.push(part);
    if (this.#bytes <= SHORT_BYTES) return undefined;
    for (const one of this.#short.splice(0)) {
      const isShallow = this.#depth.takes(one.length, (i) => one[i] as number);
      if (!isShallow) return 'it sent a message that is nested too deeply';
    }
    return undefined;
  }
}
