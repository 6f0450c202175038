// The pieces of long packets on their way out. Each follows when the first part of its packet has left.

import { ABORT, type Address, type Packet } from '../frame.js';
import { isLastPiece } from '../pieces.js';

/** A long packet, until its last piece has left. */
export interface OutgoingLong {
  /** As its pieces have them. */
  readonly id: string;
  readonly address: Address;
  /** Of its first part. */
  readonly place: number;
  /** Whether its sender would rather lose the oldest than wait. */
  readonly isLossy: boolean;
  /** Whether a piece of it has left. */
  isBegun: boolean;
  /** Whether no other piece of it is taken. */
  isComplete: boolean;
}

interface OutgoingPiece {
  readonly packet: Packet;
  readonly bytes: number;
}

export class OutgoingPieces {
  #pieces: OutgoingPiece[] = [];
  readonly #longs = new Map<string, OutgoingLong>();
  readonly #byPlace = new Map<number, OutgoingLong>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Whether some wait that have this address: on the way from the primary, of this sender. */
  haveOf(address: Address): boolean {
    return this.#pieces.some(({ packet }) => packet.address === address);
  }

  /** Whether the next one is of a packet that was begun before this place. All that were added before this place come first. */
  isNextBegunBefore(place: number): boolean {
    const next = this.#pieces[0];
    const long = next && this.of(next.packet);
    return long !== undefined && long.place < place;
  }

  /** Its first part was added. */
  begin(id: string, address: Address, place: number, isLossy: boolean): void {
    const long = { id, address, place, isLossy, isBegun: false, isComplete: false };
    this.#longs.set(keyOf(address, id), long);
    this.#byPlace.set(place, long);
  }

  /** @returns `false` for a piece of a packet that was dropped, or never began: it is not taken. */
  push(packet: Packet, bytes: number): boolean {
    const long = this.of(packet);
    if (long === undefined || long.isComplete) return false;
    long.isComplete = isLastPiece(packet.kind);
    this.#pieces.push({ packet, bytes });
    this.#bytes += bytes;
    return true;
  }

  /** Whether it is a piece of one that is lossy, of which a piece waits or is to come. */
  isLossy(piece: Packet): boolean {
    return this.of(piece)?.isLossy === true;
  }

  /** The oldest lossy one of which nothing but the first part has left. @param but not the one that this is a part of */
  oldestLossy(but: { readonly id: string; readonly address: Address }): OutgoingLong | undefined {
    const oldest = this.#pieces.find(({ packet: { kind, name, address } }) => {
      const isOther = name !== but.id || address !== but.address;
      if (kind === ABORT || !isOther) return false;
      const long = this.#longs.get(keyOf(address, name));
      return long?.isLossy === true && !long.isBegun;
    });
    return oldest && this.of(oldest.packet);
  }

  /** That of a piece. `undefined` where it was dropped, or never began. */
  of({ address, name }: Packet): OutgoingLong | undefined {
    return this.#longs.get(keyOf(address, name));
  }

  /** The long packet whose first part has this place. */
  at(place: number): OutgoingLong | undefined {
    return this.#byPlace.get(place);
  }

  /** The next piece, if the first part of its packet has left. `ended` is the place of that, if no other piece follows. */
  take(
    hasLeft: (place: number) => boolean,
  ): (OutgoingPiece & { ended: number | undefined }) | undefined {
    const next = this.#pieces[0];
    const long = next && this.of(next.packet);
    if (next === undefined || long === undefined || !hasLeft(long.place)) return undefined;
    this.#pieces.shift();
    this.#bytes -= next.bytes;
    long.isBegun = true;
    const isLast = isLastPiece(next.packet.kind);
    if (isLast) this.#forget(long);
    return { ...next, ended: isLast ? long.place : undefined };
  }

  /** The oldest long broadcast of which something waits. */
  oldestBroadcast(sender: string | undefined): OutgoingLong | undefined {
    const oldest = this.#pieces.find(
      ({ packet: { kind, count, address } }) =>
        kind !== ABORT && count === 1 && (sender === undefined || address === sender),
    );
    return oldest && this.of(oldest.packet);
  }

  /** Drops a long packet. @param hasLeft whether its first part has left: then the receiver has to learn of it. */
  drop(long: OutgoingLong, hasLeft: boolean, abortBytes: number): void {
    const { id, address } = long;
    this.#pieces = this.#pieces.filter(({ packet, bytes }) => {
      if (packet.name !== id || packet.address !== address) return true;
      this.#bytes -= bytes;
      return false;
    });
    if (!hasLeft) {
      this.#forget(long);
      return;
    }
    long.isComplete = true;
    const packet = { kind: ABORT, name: id, address, count: 0, body: '' };
    this.#pieces.unshift({ packet, bytes: abortBytes });
    this.#bytes += abortBytes;
  }

  #forget({ address, id, place }: OutgoingLong): void {
    this.#longs.delete(keyOf(address, id));
    this.#byPlace.delete(place);
  }
}

/** Ids are unique per sender, and the address is the sender on the way from the primary. */
function keyOf(address: Address, id: string): string {
  return `${typeof address === 'string' ? address : ''} ${id}`;
}
