// What waits to be appended to the log, what was appended and not read back, and how much goes into one entry.

import type { Batch } from '@muster/bus/machines';
import type { Content } from '../entries/entry.js';

/** An entry with this many bytes takes no further batch. */
const ENTRY_BYTES = 256 * 1024;

/** How many entries may be appended and not read back. More wait here, where they are counted. */
const MAX_UNREAD = 32;

export interface Item {
  readonly content: Content;
  readonly batch: Batch | undefined;
  /** Called when the batch is on its way. */
  readonly sent: () => void;
}

export interface Written {
  readonly epoch: number;
  readonly seq: number;
  readonly items: readonly Item[];
  /** How long its sections are. */
  readonly bytes: number;
  /** When it was written for the first time, by performance.now(). */
  readonly at: number;
}

export const DATA: Content = { kind: 'data', attempts: undefined };

/** An item without a batch. */
export function itemOf(content: Content): Item {
  return { content, batch: undefined, sent() {} };
}

export class Outgoing {
  #queue: Item[] = [];
  #unread: Written[] = [];
  /** How long the last entry that was read back took, in milliseconds. */
  #lagMs: number | undefined;

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** Whether something was written and not read back. */
  get hasUnread(): boolean {
    return this.#unread.length > 0;
  }

  /** What waits here. */
  get size(): { bytes: number; messages: number } {
    const size = { bytes: 0, messages: 0 };
    for (const { batch } of this.#queue) {
      for (const { bytes } of batch?.sections ?? []) size.bytes += bytes.length;
      size.messages += batch?.messages ?? 0;
    }
    return size;
  }

  push(item: Item): void {
    this.#queue.push(item);
  }

  /** Adds these before all others, in this order; but after a hello, because an epoch begins with it. */
  pushFirst(items: readonly Item[]): void {
    const at = this.#queue[0]?.content.kind === 'hello' ? 1 : 0;
    this.#queue.splice(at, 0, ...items);
  }

  /** The items of the next entry; `undefined` if there are none, or too many entries were not read back. */
  take(): readonly Item[] | undefined {
    const [first] = this.#queue;
    if (first === undefined || this.#unread.length >= MAX_UNREAD) return undefined;
    if (first.content.kind !== 'data') return this.#queue.splice(0, 1);
    let count = 0;
    let bytes = 0;
    for (const { content, batch } of this.#queue) {
      // Items that are written again go in the entries in which they went before.
      if (!isAlike(content, first.content) || bytes >= ENTRY_BYTES) break;
      for (const section of batch?.sections ?? []) bytes += section.bytes.length;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  written(entry: Written): void {
    this.#unread.push(entry);
  }

  /** The entries up to this one were read back. */
  committed(seq: number, now: number): readonly Written[] {
    const end = this.#unread.findIndex((entry) => entry.seq > seq);
    const read = this.#unread.splice(0, end < 0 ? this.#unread.length : end);
    const last = read.at(-1);
    if (last) this.#lagMs = now - last.at;
    return read;
  }

  /** How far behind its writing this machine reads. */
  lagAt(now: number): { readonly ms: number | undefined; readonly bytes: number } {
    const [oldest] = this.#unread;
    const bytes = this.#unread.reduce((all, entry) => all + entry.bytes, 0);
    if (oldest === undefined || this.#lagMs === undefined) return { ms: this.#lagMs, bytes };
    return { ms: Math.max(this.#lagMs, now - oldest.at), bytes };
  }

  /** Takes all: what was written and not read back, and what waits. */
  takeAll(): { unread: readonly Written[]; waiting: readonly Item[] } {
    const unread = this.#unread;
    const waiting = this.#queue;
    this.#unread = [];
    this.#queue = [];
    return { unread, waiting };
  }
}

function isAlike(one: Content, other: Content): boolean {
  return one.kind === 'data' && other.kind === 'data' && one.attempts === other.attempts;
}
