// Packets one behind the other, flat as in a frame: they are added at the end and leave at the front. A packet that is dropped
// leaves a hole, since what stands behind it keeps its place.

import { type Body, lengthOf } from '../body.js';
import { OVERHEAD_BYTES } from '../cost.js';
import { type Address, BROADCAST, LOSSY, type Packet, REPLY, REQUEST, WIDTH } from '../frame.js';
import { JsonRun } from './json-run.js';
import { OffHeapBody } from './off-heap.js';

/** Up to which length a body is joined with the next one to the same topic, in characters. */
const RUN_CHARS = 32 * 1024;

/** Bodies of this length may be held outside the JavaScript heap. */
const MIN_OFF_HEAP_CHARS = 8 * 1024;

const JOINED: ReadonlySet<string> = new Set([BROADCAST, LOSSY, REQUEST, REPLY]);

/** When there are so many holes among the packets that wait, and they are half of them, the holes are closed. */
const MIN_HOLES = 1_024;

/** The kind of a hole. */
const DROPPED = '';

type Part = string | Address | Body | JsonRun | OffHeapBody | undefined;

export class PacketList {
  #parts: Part[] = [];
  /** The bytes of each packet in `#parts`. */
  #sizes: number[] = [];
  /** The place of each among all that were ever added: it grows by one, but where some were dropped. */
  #places: number[] = [];
  #nextPlace = 0;
  /** The index of the first packet that has not left. */
  #head = 0;
  #holes = 0;
  #bytes = 0;
  #messages = 0;

  /** Text and overhead of all packets. */
  get bytes(): number {
    return this.#bytes;
  }

  get messages(): number {
    return this.#messages;
  }

  get isEmpty(): boolean {
    return this.#head === this.#sizes.length;
  }

  /** The index of the first packet. */
  get start(): number {
    return this.#head;
  }

  /** The index behind the last packet. */
  get end(): number {
    return this.#sizes.length;
  }

  kindAt(index: number): string {
    return this.#parts[index * WIDTH] as string;
  }

  nameAt(index: number): string {
    return this.#parts[index * WIDTH + 1] as string;
  }

  addressAt(index: number): Address {
    return this.#parts[index * WIDTH + 2] as Address;
  }

  sizeAt(index: number): number {
    return this.#sizes[index] as number;
  }

  /** Behind the last packet: the place of the next one. */
  placeAt(index: number): number {
    return this.#places[index] ?? this.#nextPlace;
  }

  /** The index of the first packet that is not before this place. */
  indexFrom(place: number): number {
    let from = this.#head;
    let to = this.#places.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#places[middle] as number) < place) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** Adds the messages of a packet to the last one. @returns `false` where that is of another kind, or long enough */
  join({ kind, name, address, count, body }: Packet, bytes: number): boolean {
    if (typeof body !== 'string' || !this.#lastIs(kind, name, address)) return false;
    const last = this.#sizes.length - 1;
    const at = last * WIDTH;
    const text = this.#parts[at + 4];
    if (typeof text !== 'string' || text.length >= RUN_CHARS) return false;
    this.#parts[at + 4] = `${text},${body}`;
    this.#count(last, count, bytes);
    return true;
  }

  /**
   * Adds a message to the last packet, where that goes the same way and the payload is a small flat object.
   *
   * @returns `false` if it has to be added as a packet
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
    this.#parts[at + 4] = run;
    this.#count(last, 1, chars + name.length + OVERHEAD_BYTES);
    return true;
  }

  /** Makes text of the last packet, if small messages were added to it: no other packet may have such. */
  writeRun(): void {
    const last = this.#sizes.length - 1;
    const at = last * WIDTH + 4;
    const run = this.#parts[at];
    if (!(run instanceof JsonRun)) return;
    const { text, more } = run.write();
    this.#parts[at] = text;
    this.#count(last, 0, more);
  }

  /** @returns its place. */
  add({ kind, name, address, count, body }: Packet, bytes: number): number {
    const place = this.#nextPlace++;
    this.#parts.push(kind, name, address, 0, body);
    this.#sizes.push(0);
    this.#places.push(place);
    this.#count(this.#sizes.length - 1, count, bytes);
    return place;
  }

  /** Holds the body of the last packet outside the heap, if it is long. */
  moveLastOffHeap(): void {
    if (this.isEmpty) return;
    const at = (this.#sizes.length - 1) * WIDTH + 4;
    const body = this.#parts[at] as Body;
    if (lengthOf(body) >= MIN_OFF_HEAP_CHARS) this.#parts[at] = new OffHeapBody(body);
  }

  /** Takes the packets before this index out, as a frame has them. */
  take(end: number): unknown[] {
    for (let index = this.#head; index < end; index++) this.#bytes -= this.#sizes[index] as number;
    let parts: unknown[] = this.#parts.slice(this.#head * WIDTH, end * WIDTH);
    if (this.#holes > 0) parts = this.#withoutHoles(parts);
    for (let i = 3; i < parts.length; i += WIDTH) {
      this.#messages -= parts[i] as number;
      const body = parts[i + 1];
      if (body instanceof OffHeapBody) parts[i + 1] = body.take();
    }
    this.#advance(end);
    return parts;
  }

  /** @returns how many messages that were. */
  drop(index: number): number {
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
    if (this.#holes > MIN_HOLES && this.#holes > (this.#sizes.length - this.#head) / 2) {
      this.#closeHoles();
    }
    return count;
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

  #count(index: number, messages: number, bytes: number): void {
    const at = index * WIDTH + 3;
    this.#parts[at] = (this.#parts[at] as number) + messages;
    this.#sizes[index] = (this.#sizes[index] as number) + bytes;
    this.#messages += messages;
    this.#bytes += bytes;
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
    // The memory of packets that have left is freed in large steps, since moving the rest costs time.
    if (end < this.#sizes.length && end < 1_024) return;
    if (end < this.#sizes.length / 2) return;
    this.#parts = this.#parts.slice(end * WIDTH);
    this.#sizes = this.#sizes.slice(end);
    this.#places = this.#places.slice(end);
    this.#head = 0;
  }
}
