// Packets on their way out: in order, except that the pieces of long packets go between the others. No packet of a sender
// comes after the announcement that the sender has left, and no piece of what was there before an answer to a sync after that.

import { OVERHEAD_BYTES } from '../cost.js';
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
  SYNCED,
} from '../frame.js';
import { isLossyFirst, isPiece } from '../pieces.js';
import { type OutgoingLong, OutgoingPieces } from './outgoing-pieces.js';
import { PacketList } from './packet-list.js';
import { QueuedValues, topicOfValue } from './queued-values.js';

/** A frame takes packets until it has this many bytes, and one piece of a long one on top. */
const FRAME_BYTES = 64 * 1024;

/** When more waits, bodies of some length are held outside the JavaScript heap. */
const OFF_HEAP_ABOVE_BYTES = 256 * 1024;

export class PacketQueue {
  /** All but the pieces. */
  readonly #list = new PacketList();
  readonly #pieces = new OutgoingPieces();
  readonly #values = new QueuedValues();
  /** The place before which nothing of a sender may be lost, or nothing lossy of anybody. */
  readonly #losableFrom = new Map<string | undefined, number>();

  /** Text and overhead of all that waits. */
  get bytes(): number {
    return this.#list.bytes + this.#pieces.bytes;
  }

  /** How many messages wait. Pieces count with their first part. */
  get messages(): number {
    return this.#list.messages;
  }

  get isEmpty(): boolean {
    return this.#list.isEmpty && this.#pieces.isEmpty;
  }

  /** @returns `false` for a piece of what was dropped: it is not taken. */
  push(packet: Packet, bytes: number): boolean {
    const { kind, name, address } = packet;
    if (kind === ABORT) return this.#abort(packet);
    if (isPiece(kind)) return this.#pieces.push(packet, bytes);
    const list = this.#list;
    list.writeRun();
    if (list.join(packet, bytes)) return true;
    if (this.bytes > OFF_HEAP_ABOVE_BYTES) list.moveLastOffHeap();
    const place = list.add(packet, bytes);
    if (kind === FIRST) this.#pieces.begin(idOfFirst(name), address, place, isLossyFirst(name));
    const topic = topicOfValue(kind, name);
    if (topic !== undefined) this.#values.add(topic, address, place);
    return true;
  }

  /** As `PacketList.extend()`. */
  extend(kind: string, name: string, address: Address, payload: unknown): boolean {
    return this.#list.extend(kind, name, address, payload);
  }

  /** The packets of the next frame, or `undefined` if nothing waits. */
  take(): { parts: unknown[]; bytes: number } | undefined {
    const list = this.#list;
    list.writeRun();
    let end = list.start;
    let bytes = 0;
    while (end < list.end && bytes < FRAME_BYTES && !this.#waitsForPieces(end)) {
      bytes += list.sizeAt(end);
      // A long one is forgotten with its last piece.
      if (list.kindAt(end) !== FIRST) this.#forgetValue(end);
      end++;
    }
    const parts = list.take(end);
    if (list.isEmpty) this.#losableFrom.clear();
    const piece = this.#pieces.take((place) => this.#hasLeft(place));
    if (piece !== undefined) {
      const { kind, name, address, count, body } = piece.packet;
      parts.push(kind, name, address, count, body);
      bytes += piece.bytes;
      if (piece.ended !== undefined) this.#values.delete(address, piece.ended);
    }
    return parts.length > 0 ? { parts, bytes } : undefined;
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
    const isItself = kind === LOSSY && oldest === this.#list.end - 1;
    const at = isItself ? undefined : oldest;
    const long = this.#pieces.oldestLossy({ id: kind === FIRST ? idOfFirst(name) : name, address });
    const isShortFirst =
      long === undefined || (at !== undefined && this.#list.placeAt(at) < long.place);
    if (!isShortFirst) return this.#dropLong(long);
    return at === undefined ? 0 : this.#dropAt(at);
  }

  /**
   * Drops the oldest packet that may be lost: a retained value of whose topic a newer one waits, or a broadcast.
   *
   * @param sender only packets of this sender: the address of a packet that the router sends
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
    const list = this.#list;
    let at = list.indexFrom(this.#losableFrom.get(key) ?? 0);
    while (at < list.end && !isMeant(list.kindAt(at), list.addressAt(at))) at++;
    this.#losableFrom.set(key, list.placeAt(at));
    return at < list.end ? at : undefined;
  }

  /**
   * It says that a sender has ended, whose pieces wait, or that all is known that was added before, and a piece of that waits.
   * Pieces that it does not wait for come after those in any case, so nothing waits for what waits for it.
   */
  #waitsForPieces(index: number): boolean {
    const list = this.#list;
    const kind = list.kindAt(index);
    if (kind === SYNCED) return this.#pieces.isNextBegunBefore(list.placeAt(index));
    if (kind !== MEMBER) return false;
    const what = list.nameAt(index);
    return (what === LEFT || what === GONE) && this.#pieces.haveOf(list.addressAt(index));
  }

  #hasLeft(place: number): boolean {
    return place < this.#list.placeAt(this.#list.start);
  }

  /** Of a retained value. */
  #dropPlace(place: number): number {
    const long = this.#pieces.at(place);
    return long === undefined ? this.#dropAt(this.#list.indexFrom(place)) : this.#dropLong(long);
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
    if (!hasLeft) this.#dropAt(this.#list.indexFrom(long.place));
    return 1;
  }

  #dropAt(index: number): number {
    this.#forgetValue(index);
    return this.#list.drop(index);
  }

  #forgetValue(index: number): void {
    const list = this.#list;
    if (topicOfValue(list.kindAt(index), list.nameAt(index)) === undefined) return;
    this.#values.delete(list.addressAt(index), list.placeAt(index));
  }
}

function idOfFirst(name: string): string {
  return name.slice(0, name.indexOf(':'));
}
