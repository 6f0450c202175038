// Packets on their way out: in order, except that the pieces of long ones go between the others. None of a sender comes after
// the news that it has left.

import { type Body, lengthOf } from './body.js';
import {
  ABORT,
  type Address,
  BROADCAST,
  FIRST,
  GONE,
  LEFT,
  LOSSY,
  MEMBER,
  type Packet,
  REPLY,
  REQUEST,
  WIDTH,
} from './frame.js';
import { JsonRun } from './json-run.js';
import { OffHeapBody } from './off-heap.js';
import { type OutgoingLong, OutgoingPieces } from './outgoing-pieces.js';
import { isPiece } from './pieces.js';
import { QueuedValues, topicOfValue } from './queued-values.js';

/** A frame takes packets until it has this many bytes, and one piece of a long one on top. */
const FRAME_BYTES = 64 * 1024;

/** Up to which length a body is joined with the next one to the same topic, in characters. */
const RUN_CHARS = 32 * 1024;

/** When more waits, bodies of some length are held outside the JavaScript heap. */
const OFF_HEAP_ABOVE_BYTES = 256 * 1024;
const MIN_OFF_HEAP_CHARS = 8 * 1024;

/** What a packet costs in memory beside its text, about, in bytes. */
export const OVERHEAD_BYTES = 64;

const JOINED: ReadonlySet<string> = new Set([BROADCAST, LOSSY, REQUEST, REPLY]);

/** When there are so many dropped packets among those that wait, and they are half of them, their places are given back. */
const MIN_HOLES = 1_024;

/** The kind that marks a packet whose place is taken but that was dropped. */
const DROPPED = '';

type Part = string | Address | Body | JsonRun | OffHeapBody | undefined;

export class PacketQueue {
  /** Flat, as in a frame. */
  #parts: Part[] = [];
  /** The bytes of each packet in `#parts`. */
  #sizes: number[] = [];
  /** The place of each among all that were ever added: it grows by one, but where some were dropped. */
  #places: number[] = [];
  #nextPlace = 0;
  /** The first packet that has not left. */
  #head = 0;
  #holes = 0;
  /** The place before which nothing of a sender may be lost, or nothing lossy of anybody. */
  readonly #losableFrom = new Map<string | undefined, number>();
  readonly #pieces = new OutgoingPieces();
  readonly #values = new QueuedValues();
  /** But for the pieces. */
  #bytes = 0;
  #messages = 0;

  /** Text and overhead of all that waits. */
  get bytes(): number {
    return this.#bytes + this.#pieces.bytes;
  }

  /** How many messages wait. Pieces count with their first part. */
  get messages(): number {
    return this.#messages;
  }

  get isEmpty(): boolean {
    return this.#head === this.#sizes.length && this.#pieces.isEmpty;
  }

  /** @returns `false` for a piece of what was dropped: it is not taken. */
  push(packet: Packet, bytes: number): boolean {
    const { kind, name, address, count, body } = packet;
    if (kind === ABORT) return this.#abort(packet);
    if (isPiece(kind)) return this.#pieces.push(packet, bytes);
    this.#messages += count;
    const parts = this.#parts;
    this.#writeRun();
    const last = this.#sizes.length - 1;
    const at = last * WIDTH;
    if (
      typeof body === 'string' &&
      this.#lastIs(kind, name, address) &&
      typeof parts[at + 4] === 'string' &&
      (parts[at + 4] as string).length < RUN_CHARS
    ) {
      parts[at + 3] = (parts[at + 3] as number) + count;
      parts[at + 4] = `${parts[at + 4] as string},${body}`;
      this.#sizes[last] = (this.#sizes[last] as number) + bytes;
    } else {
      if (this.bytes > OFF_HEAP_ABOVE_BYTES) this.#moveOffHeap(last);
      const place = this.#nextPlace++;
      parts.push(kind, name, address, count, body);
      this.#sizes.push(bytes);
      this.#places.push(place);
      if (kind === FIRST) this.#pieces.begin(idOfFirst(name), address, place, isLossyFirst(name));
      const topic = topicOfValue(kind, name);
      if (topic !== undefined) this.#values.add(topic, address, place);
    }
    this.#bytes += bytes;
    return true;
  }

  /**
   * Adds a message to the last packet, where that goes the same way and its payload is a small flat object.
   *
   * @returns `false` where it is to be pushed
   */
  extend(kind: string, name: string, address: Address, payload: unknown): boolean {
    if (!this.#lastIs(kind, name, address)) return false;
    const last = this.#sizes.length - 1;
    const at = last * WIDTH;
    let run = this.#parts[at + 4];
    if (typeof run === 'string') run = new JsonRun(run);
    if (!(run instanceof JsonRun) || run.length >= RUN_CHARS) return false;
    const chars = run.add(payload);
    if (chars === 0) return false;
    const bytes = chars + name.length + OVERHEAD_BYTES;
    this.#parts[at + 3] = (this.#parts[at + 3] as number) + 1;
    this.#parts[at + 4] = run;
    this.#sizes[last] = (this.#sizes[last] as number) + bytes;
    this.#bytes += bytes;
    this.#messages++;
    return true;
  }

  /** What the next frame carries, or `undefined` when there is nothing. */
  take(): { parts: unknown[]; bytes: number } | undefined {
    this.#writeRun();
    let end = this.#head;
    let bytes = 0;
    while (end < this.#sizes.length && bytes < FRAME_BYTES && !this.#waitsForPieces(end)) {
      bytes += this.#sizes[end] as number;
      // A long one is forgotten with its last piece.
      if (this.#parts[end * WIDTH] !== FIRST) this.#forgetValue(end);
      end++;
    }
    this.#bytes -= bytes;
    let parts: unknown[] = this.#parts.slice(this.#head * WIDTH, end * WIDTH);
    if (this.#holes > 0) parts = this.#withoutHoles(parts);
    for (let i = 3; i < parts.length; i += WIDTH) {
      this.#messages -= parts[i] as number;
      const body = parts[i + 1];
      if (body instanceof OffHeapBody) parts[i + 1] = body.take();
    }
    this.#advance(end);
    const piece = this.#pieces.take((place) => this.#hasLeft(place));
    if (piece !== undefined) {
      const { kind, name, address, count, body } = piece.packet;
      parts.push(kind, name, address, count, body);
      bytes += piece.bytes;
      if (piece.ended !== undefined) this.#values.delete(address, piece.ended);
    }
    return parts.length > 0 ? { parts, bytes } : undefined;
  }

  /** Whether the last packet is one of these, to which others are added. */
  #lastIs(kind: string, name: string, address: Address): boolean {
    const last = this.#sizes.length - 1;
    const at = last * WIDTH;
    const parts = this.#parts;
    return (
      last >= this.#head &&
      parts[at] === kind &&
      parts[at + 1] === name &&
      parts[at + 2] === address &&
      JOINED.has(kind)
    );
  }

  /** Makes text of the last packet, the only one that may have a run. */
  #writeRun(): void {
    const last = this.#sizes.length - 1;
    const run = this.#parts[last * WIDTH + 4];
    if (!(run instanceof JsonRun)) return;
    const { text, more } = run.write();
    this.#parts[last * WIDTH + 4] = text;
    this.#sizes[last] = (this.#sizes[last] as number) + more;
    this.#bytes += more;
  }

  /** Whether the sender of this one, or of the message that it is a part of, chose so. */
  isLossy(packet: Packet): boolean {
    const { kind, name } = packet;
    if (kind === FIRST) return isLossyFirst(name);
    return kind === LOSSY || (isPiece(kind) && this.#pieces.isLossy(packet));
  }

  /**
   * Drops the oldest message whose sender chose so, but the one that this is a part of: none is lost for its own length. Nor is
   * one lost in the middle: it would have left in vain, and the next one too.
   *
   * @returns how many messages that were.
   */
  dropLossy({ kind, name, address }: Packet): number {
    const oldest = this.#oldest(LOSSY, (kind) => kind === LOSSY);
    // A short one was added last, and may be the only one that is lossy.
    const isItself = kind === LOSSY && oldest === this.#sizes.length - 1;
    const at = isItself ? undefined : oldest;
    const long = this.#pieces.oldestLossy({ id: kind === FIRST ? idOfFirst(name) : name, address });
    const isShortFirst =
      long === undefined || (at !== undefined && (this.#places[at] as number) < long.place);
    if (!isShortFirst) return this.#dropLong(long);
    return at === undefined ? 0 : this.#dropAt(at);
  }

  /**
   * Drops the oldest packet that may be lost: a retained value of whose topic a newer one waits, or a broadcast.
   *
   * @param sender whose packets alone are meant: the address of what the router sends
   * @returns how many messages that were; 0 when nothing may be dropped.
   */
  dropOldest(sender?: string): number {
    const older = this.#values.oldest('older', sender);
    if (older !== undefined) return this.#dropPlace(older);
    const isLosable = (kind: string, address: unknown) =>
      (kind === BROADCAST || kind === LOSSY) && (sender === undefined || address === sender);
    const at = this.#oldest(sender, isLosable);
    if (at !== undefined) return this.#dropAt(at);
    const long = this.#pieces.oldestBroadcast(sender);
    return long === undefined ? 0 : this.#dropLong(long);
  }

  /** The same of retained values, be they the newest of their topics. */
  dropOldestValue(sender?: string): number {
    const oldest = this.#values.oldest('all', sender);
    return oldest === undefined ? 0 : this.#dropPlace(oldest);
  }

  /** @param key under which is remembered how far it was looked for. */
  #oldest(
    key: string | undefined,
    isMeant: (kind: string, address: unknown) => boolean,
  ): number | undefined {
    let at = this.#indexFrom(this.#losableFrom.get(key) ?? 0);
    while (at < this.#sizes.length) {
      if (isMeant(this.#parts[at * WIDTH] as string, this.#parts[at * WIDTH + 2])) break;
      at++;
    }
    this.#losableFrom.set(key, this.#places[at] ?? this.#nextPlace);
    return at < this.#sizes.length ? at : undefined;
  }

  /** The index of the first packet that waits and is not before this place. */
  #indexFrom(place: number): number {
    let from = this.#head;
    let to = this.#places.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#places[middle] as number) < place) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** It says that a sender has ended, whose pieces wait: all of them were added before it, and so it is not for long. */
  #waitsForPieces(index: number): boolean {
    const at = index * WIDTH;
    if (this.#parts[at] !== MEMBER) return false;
    const what = this.#parts[at + 1];
    return (what === LEFT || what === GONE) && this.#pieces.haveOf(this.#parts[at + 2] as Address);
  }

  #hasLeft(place: number): boolean {
    return place < (this.#places[this.#head] ?? this.#nextPlace);
  }

  #moveOffHeap(index: number): void {
    if (index < this.#head) return;
    const at = index * WIDTH + 4;
    const body = this.#parts[at] as Body;
    if (lengthOf(body) >= MIN_OFF_HEAP_CHARS) this.#parts[at] = new OffHeapBody(body);
  }

  /** Of a retained value. */
  #dropPlace(place: number): number {
    const long = this.#pieces.at(place);
    return long === undefined ? this.#dropAt(this.#indexFrom(place)) : this.#dropLong(long);
  }

  /** Its sender has dropped it, and counts it, or is gone: what waits of it is not to be sent, nor to be held. */
  #abort(piece: Packet): boolean {
    const long = this.#pieces.of(piece);
    if (long === undefined || long.isComplete) return false;
    this.#dropLong(long);
    return true;
  }

  #dropLong(long: OutgoingLong): number {
    const hasLeft = this.#hasLeft(long.place);
    this.#pieces.drop(long, hasLeft, OVERHEAD_BYTES);
    this.#values.delete(long.address, long.place);
    if (!hasLeft) this.#dropAt(this.#indexFrom(long.place));
    return 1;
  }

  #dropAt(index: number): number {
    const at = index * WIDTH;
    const count = this.#parts[at + 3] as number;
    const body = this.#parts[at + 4];
    if (body instanceof OffHeapBody) body.drop();
    this.#forgetValue(index);
    this.#bytes -= this.#sizes[index] as number;
    this.#messages -= count;
    this.#parts[at] = DROPPED;
    this.#parts[at + 3] = 0;
    this.#parts[at + 4] = '';
    this.#sizes[index] = 0;
    this.#holes++;
    if (this.#holes > MIN_HOLES && this.#holes > (this.#sizes.length - this.#head) / 2) {
      this.#closeHoles();
    }
    return count;
  }

  #forgetValue(index: number): void {
    const at = index * WIDTH;
    if (topicOfValue(this.#parts[at] as string, this.#parts[at + 1] as string) === undefined)
      return;
    this.#values.delete(this.#parts[at + 2] as Address, this.#places[index] as number);
  }

  #closeHoles(): void {
    const waits = (_: unknown, index: number) =>
      index >= this.#head && this.#parts[index * WIDTH] !== DROPPED;
    const sizes = this.#sizes.filter(waits);
    const places = this.#places.filter(waits);
    this.#parts = this.#withoutHoles(this.#parts.slice(this.#head * WIDTH)) as Part[];
    this.#sizes = sizes;
    this.#places = places;
    this.#head = 0;
  }

  #withoutHoles(parts: readonly unknown[]): unknown[] {
    const kept: unknown[] = [];
    for (let i = 0; i < parts.length; i += WIDTH) {
      if (parts[i] === DROPPED) this.#holes--;
      else for (let j = i; j < i + WIDTH; j++) kept.push(parts[j]);
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
    this.#places = this.#places.slice(end);
    this.#head = 0;
    if (this.#sizes.length === 0) this.#losableFrom.clear();
  }
}

function isLossyFirst(name: string): boolean {
  return name.startsWith(`:${LOSSY}:`, name.indexOf(':'));
}

function idOfFirst(name: string): string {
  return name.slice(0, name.indexOf(':'));
}
