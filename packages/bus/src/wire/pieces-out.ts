// The pieces of long parcels on their way out. Each follows when the first part of its parcel has left.

import { ABORT, type Address, type Parcel } from './frame.js';
import { isLastPiece } from './long.js';

/** A long parcel, until its last piece has left. */
export interface LongOut {
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

interface PieceOut {
  readonly parcel: Parcel;
  readonly bytes: number;
}

export class PiecesOut {
  #pieces: PieceOut[] = [];
  readonly #longs = new Map<string, LongOut>();
  readonly #byPlace = new Map<number, LongOut>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Whether some wait that have this address: on the way from the primary, of this sender. */
  haveOf(address: Address): boolean {
    return this.#pieces.some(({ parcel }) => parcel.address === address);
  }

  /** Its first part was added. */
  begin(id: string, address: Address, place: number, isLossy: boolean): void {
    const long = { id, address, place, isLossy, isBegun: false, isComplete: false };
    this.#longs.set(keyOf(address, id), long);
    this.#byPlace.set(place, long);
  }

  /** @returns `false` for a piece of a parcel that was dropped, or never began: it is not taken. */
  push(parcel: Parcel, bytes: number): boolean {
    const long = this.of(parcel);
    if (long === undefined || long.isComplete) return false;
    long.isComplete = isLastPiece(parcel.kind);
    this.#pieces.push({ parcel, bytes });
    this.#bytes += bytes;
    return true;
  }

  /** Whether it is a piece of one that is lossy, of which a piece waits or is to come. */
  isLossy(piece: Parcel): boolean {
    return this.of(piece)?.isLossy === true;
  }

  /** The oldest lossy one of which nothing but the first part has left. @param but not the one that this is a part of */
  oldestLossy(but: { readonly id: string; readonly address: Address }): LongOut | undefined {
    const oldest = this.#pieces.find(({ parcel: { kind, name, address } }) => {
      const isOther = name !== but.id || address !== but.address;
      if (kind === ABORT || !isOther) return false;
      const long = this.#longs.get(keyOf(address, name));
      return long?.isLossy === true && !long.isBegun;
    });
    return oldest && this.of(oldest.parcel);
  }

  /** That of a piece. `undefined` where it was dropped, or never began. */
  of({ address, name }: Parcel): LongOut | undefined {
    return this.#longs.get(keyOf(address, name));
  }

  /** The long parcel whose first part has this place. */
  at(place: number): LongOut | undefined {
    return this.#byPlace.get(place);
  }

  /** The next piece, if the first part of its parcel has left. `ended` is the place of that, if no other piece follows. */
  take(
    hasLeft: (place: number) => boolean,
  ): (PieceOut & { ended: number | undefined }) | undefined {
    const next = this.#pieces[0];
    const long = next && this.of(next.parcel);
    if (next === undefined || long === undefined || !hasLeft(long.place)) return undefined;
    this.#pieces.shift();
    this.#bytes -= next.bytes;
    long.isBegun = true;
    const isLast = isLastPiece(next.parcel.kind);
    if (isLast) this.#forget(long);
    return { ...next, ended: isLast ? long.place : undefined };
  }

  /** The oldest long broadcast of which something waits. */
  oldestBroadcast(sender: string | undefined): LongOut | undefined {
    const oldest = this.#pieces.find(
      ({ parcel: { kind, count, address } }) =>
        kind !== ABORT && count === 1 && (sender === undefined || address === sender),
    );
    return oldest && this.of(oldest.parcel);
  }

  /** Drops a long parcel. @param hasLeft whether its first part has left: then its receiver is told. */
  drop(long: LongOut, hasLeft: boolean, abortBytes: number): void {
    const { id, address } = long;
    this.#pieces = this.#pieces.filter(({ parcel, bytes }) => {
      if (parcel.name !== id || parcel.address !== address) return true;
      this.#bytes -= bytes;
      return false;
    });
    if (!hasLeft) {
      this.#forget(long);
      return;
    }
    long.isComplete = true;
    const parcel = { kind: ABORT, name: id, address, count: 0, body: '' };
    this.#pieces.unshift({ parcel, bytes: abortBytes });
    this.#bytes += abortBytes;
  }

  #forget({ address, id, place }: LongOut): void {
    this.#longs.delete(keyOf(address, id));
    this.#byPlace.delete(place);
  }
}

/** Ids are unique per sender, and the address is the sender on the way from the primary. */
function keyOf(address: Address, id: string): string {
  return `${typeof address === 'string' ? address : ''} ${id}`;
}
