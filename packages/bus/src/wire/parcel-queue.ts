// Parcels on their way out: in order, except that the pieces of long ones go between the others.

import { type Body, lengthOf } from './body.js';
import {
  ABORT,
  type Address,
  BROADCAST,
  FIRST,
  LOSSY,
  type Parcel,
  REPLY,
  REQUEST,
  RETAINED,
  RETAINED_FOR,
  RETAINED_SELF,
  WIDTH,
} from './frame.js';
import { isLastPiece, isPiece } from './long.js';
import { OffHeapBody } from './off-heap.js';

/** A frame takes parcels until it has this many bytes, and one piece of a long one on top. */
const FRAME_BYTES = 64 * 1024;

/** Up to which length a body is joined with the next one to the same topic, in characters. */
const RUN_CHARS = 32 * 1024;

/** When more waits, bodies of some length are held outside the JavaScript heap. */
const OFF_HEAP_ABOVE_BYTES = 256 * 1024;
const MIN_OFF_HEAP_CHARS = 8 * 1024;

/** What a parcel costs in memory beside its text, about, in bytes. */
export const OVERHEAD_BYTES = 64;

const JOINED: ReadonlySet<string> = new Set([BROADCAST, LOSSY, REQUEST, REPLY]);
const MAY_BE_LOST: ReadonlySet<string> = new Set([
  BROADCAST,
  LOSSY,
  RETAINED,
  RETAINED_FOR,
  RETAINED_SELF,
]);

/** The name that marks a parcel whose place is taken but that was dropped. */
const DROPPED = '';

export class ParcelQueue {
  /** Flat, as in a frame. */
  #parts: (string | Address | Body | OffHeapBody | undefined)[] = [];
  /** The bytes of each parcel in `#parts`. */
  #sizes: number[] = [];
  /** The first parcel that has not left. */
  #head = 0;
  /** How many parcels left before those in `#parts`. */
  #left = 0;
  /** Before it, counted from the first ever, nothing of a sender may be lost, or nothing lossy of anybody. */
  readonly #losableFrom = new Map<string | undefined, number>();
  #holes = 0;
  #pieces: { parcel: Parcel; bytes: number }[] = [];
  /** Long parcels whose first part came and whose last has not: a piece of another one is dropped. */
  readonly #unfinished = new Set<string>();
  /** Long parcels whose first part has left: their pieces may follow. */
  readonly #begun = new Set<string>();
  #bytes = 0;
  #messages = 0;

  /** Text and overhead of all that waits. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many messages wait. Pieces count with their first part. */
  get messages(): number {
    return this.#messages;
  }

  get isEmpty(): boolean {
    return this.#head === this.#sizes.length && this.#pieces.length === 0;
  }

  push(parcel: Parcel, bytes: number): void {
    const { kind, name, address, count, body } = parcel;
    if (isPiece(kind)) {
      this.#pushPiece(parcel, bytes);
      return;
    }
    this.#messages += count;
    if (kind === FIRST) this.#unfinished.add(keyOf(address, idOfFirst(name)));
    const parts = this.#parts;
    const last = this.#sizes.length - 1;
    const at = last * WIDTH;
    if (
      last >= this.#head &&
      parts[at] === kind &&
      parts[at + 1] === name &&
      parts[at + 2] === address &&
      JOINED.has(kind) &&
      typeof body === 'string' &&
      typeof parts[at + 4] === 'string' &&
      (parts[at + 4] as string).length < RUN_CHARS
    ) {
      parts[at + 3] = (parts[at + 3] as number) + count;
      parts[at + 4] = `${parts[at + 4] as string},${body}`;
      this.#sizes[last] = (this.#sizes[last] as number) + bytes;
    } else {
      if (this.#bytes > OFF_HEAP_ABOVE_BYTES) this.#moveOffHeap(last);
      parts.push(kind, name, address, count, body);
      this.#sizes.push(bytes);
    }
    this.#bytes += bytes;
  }

  /** What the next frame carries, or `undefined` when there is nothing. */
  take(): { parts: unknown[]; bytes: number } | undefined {
    let end = this.#head;
    let bytes = 0;
    while (end < this.#sizes.length && bytes < FRAME_BYTES) {
      bytes += this.#sizes[end] as number;
      if (this.#parts[end * WIDTH] === FIRST) this.#begun.add(this.#longKey(end));
      end++;
    }
    let parts: unknown[] = this.#parts.slice(this.#head * WIDTH, end * WIDTH);
    if (this.#holes > 0) parts = this.#withoutHoles(parts);
    for (let i = 3; i < parts.length; i += WIDTH) {
      this.#messages -= parts[i] as number;
      const body = parts[i + 1];
      if (body instanceof OffHeapBody) parts[i + 1] = body.take();
    }
    this.#advance(end);
    const piece = this.#pieces[0];
    if (piece !== undefined && this.#begun.has(longKey(piece.parcel))) {
      const { kind, name, address, count, body } = piece.parcel;
      this.#pieces.shift();
      parts.push(kind, name, address, count, body);
      bytes += piece.bytes;
      if (isLastPiece(kind)) this.#begun.delete(longKey(piece.parcel));
    }
    this.#bytes -= bytes;
    return parts.length > 0 ? { parts, bytes } : undefined;
  }

  /** Drops the oldest parcel whose sender chose so. @returns how many messages that were. */
  dropLossy(): number {
    const at = this.#oldest(LOSSY, (kind) => kind === LOSSY);
    return at === undefined ? 0 : this.#dropAt(at);
  }

  /**
   * Drops the oldest parcel that may be lost.
   *
   * @param sender whose parcels alone are meant: the address of what the router sends
   * @returns how many messages that were; 0 when nothing may be dropped.
   */
  dropOldest(sender?: string): number {
    const isLosable = (kind: string, address: unknown) =>
      MAY_BE_LOST.has(kind) && (sender === undefined || address === sender);
    const at = this.#oldest(sender, isLosable);
    return at === undefined ? this.#dropLong(sender) : this.#dropAt(at);
  }

  /** @param key under which is remembered how far it was looked for. */
  #oldest(
    key: string | undefined,
    isMeant: (kind: string, address: unknown) => boolean,
  ): number | undefined {
    let at = Math.max(this.#head, (this.#losableFrom.get(key) ?? 0) - this.#left);
    while (at < this.#sizes.length) {
      if (isMeant(this.#parts[at * WIDTH] as string, this.#parts[at * WIDTH + 2])) break;
      at++;
    }
    this.#losableFrom.set(key, at + this.#left);
    return at < this.#sizes.length ? at : undefined;
  }

  #pushPiece(parcel: Parcel, bytes: number): void {
    const key = longKey(parcel);
    if (!this.#unfinished.has(key)) return;
    if (isLastPiece(parcel.kind)) this.#unfinished.delete(key);
    this.#pieces.push({ parcel, bytes });
    this.#bytes += bytes;
  }

  #moveOffHeap(index: number): void {
    if (index < this.#head) return;
    const at = index * WIDTH + 4;
    const body = this.#parts[at] as Body;
    if (lengthOf(body) >= MIN_OFF_HEAP_CHARS) this.#parts[at] = new OffHeapBody(body);
  }

  #dropAt(index: number): number {
    const at = index * WIDTH;
    const count = this.#parts[at + 3] as number;
    const body = this.#parts[at + 4];
    if (body instanceof OffHeapBody) body.drop();
    this.#bytes -= this.#sizes[index] as number;
    this.#messages -= count;
    this.#parts[at] = DROPPED;
    this.#parts[at + 3] = 0;
    this.#parts[at + 4] = '';
    this.#sizes[index] = 0;
    this.#holes++;
    return count;
  }

  /** Drops the pieces of the oldest long parcel that may be lost. Its receiver is told. */
  #dropLong(sender: string | undefined): number {
    const oldest = this.#pieces.find(
      ({ parcel: { kind, count, address } }) =>
        kind !== ABORT && count === 1 && (sender === undefined || address === sender),
    );
    if (oldest === undefined) return 0;
    const key = longKey(oldest.parcel);
    this.#pieces = this.#pieces.filter(({ parcel, bytes }) => {
      if (longKey(parcel) !== key) return true;
      this.#bytes -= bytes;
      return false;
    });
    this.#unfinished.delete(key);
    const { name, address } = oldest.parcel;
    const abort = { kind: ABORT, name, address, count: 0, body: '' };
    this.#pieces.unshift({ parcel: abort, bytes: OVERHEAD_BYTES });
    this.#bytes += OVERHEAD_BYTES;
    return 1;
  }

  #longKey(index: number): string {
    const name = this.#parts[index * WIDTH + 1] as string;
    return keyOf(this.#parts[index * WIDTH + 2] as Address, idOfFirst(name));
  }

  #withoutHoles(parts: unknown[]): unknown[] {
    const kept: unknown[] = [];
    for (let i = 0; i < parts.length; i += WIDTH) {
      if (parts[i] === DROPPED) this.#holes--;
      else kept.push(...parts.slice(i, i + WIDTH));
    }
    return kept;
  }

  #advance(end: number): void {
    // Held no longer, though their places are: bodies may be long.
    this.#parts.fill(undefined, this.#head * WIDTH, end * WIDTH);
    this.#head = end;
    // What has left is given back in large steps: moving the rest costs time.
    if (end < this.#sizes.length && end < 1_024) return;
    if (end < this.#sizes.length / 2) return;
    this.#parts = this.#parts.slice(end * WIDTH);
    this.#sizes = this.#sizes.slice(end);
    this.#head = 0;
    this.#left += end;
    if (this.#sizes.length === 0) this.#losableFrom.clear();
  }
}

function idOfFirst(name: string): string {
  return name.slice(0, name.indexOf(':'));
}

function longKey(parcel: Parcel): string {
  return keyOf(parcel.address, parcel.name);
}

/** Ids are unique per sender, and the address is the sender on the way from the primary. */
function keyOf(address: Address, id: string): string {
  return `${typeof address === 'string' ? address : ''} ${id}`;
}
