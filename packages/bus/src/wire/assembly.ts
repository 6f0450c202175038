// Parcels as they arrive, back in the order in which each sender sent them: what follows a long one waits
// until that is complete, and what others send does not.

import { ABORT, FIRST, LAST, type Parcel } from './frame.js';
import { isPiece, Pieces, readFirst } from './long.js';

/** How many long parcels of one sender may be under way: a bound for a hostile one. */
const MAX_UNDER_WAY = 1_000;

interface Waiting {
  /** The parcel, once it is whole. */
  whole: Parcel | undefined;
  aborted: boolean;
  readonly pieces: Pieces;
}

interface Line {
  readonly order: Waiting[];
  readonly long: Map<string, { first: Parcel; waiting: Waiting }>;
}

export class Assembly {
  readonly #lines = new Map<string, Line>();
  readonly #deliver: (parcel: Parcel) => boolean;

  /** @param deliver is given each parcel when its turn has come. */
  constructor(deliver: (parcel: Parcel) => boolean) {
    this.#deliver = deliver;
  }

  /** @returns `false` for a parcel that makes no sense. */
  take(parcel: Parcel): boolean {
    const { kind } = parcel;
    if (this.#lines.size === 0 && kind !== FIRST) {
      return isPiece(kind) ? true : this.#deliver(parcel);
    }
    const sender = String(parcel.address);
    const line = this.#lines.get(sender);
    if (kind === FIRST) return this.#begin(sender, line, parcel);
    // A piece of what was never begun here follows a drop on the way.
    if (line === undefined) return isPiece(kind) ? true : this.#deliver(parcel);
    if (isPiece(kind)) this.#add(line, parcel);
    else line.order.push({ whole: parcel, aborted: false, pieces: new Pieces() });
    this.#release(sender, line);
    return true;
  }

  /** The sender is gone: what is not complete never will be. */
  abandon(sender: string): void {
    const line = this.#lines.get(sender);
    if (line === undefined) return;
    for (const { waiting } of line.long.values()) waiting.aborted = true;
    this.#release(sender, line);
  }

  #begin(sender: string, known: Line | undefined, parcel: Parcel): boolean {
    const long = readFirst(parcel.name);
    if (long === undefined) return false;
    const line: Line = known ?? { order: [], long: new Map() };
    if (line.long.size >= MAX_UNDER_WAY) return false;
    const waiting: Waiting = { whole: undefined, aborted: false, pieces: new Pieces() };
    const { kind, name } = long;
    line.long.set(long.id, { first: { ...parcel, kind, name }, waiting });
    line.order.push(waiting);
    this.#lines.set(sender, line);
    return true;
  }

  #add(line: Line, piece: Parcel): void {
    const long = line.long.get(piece.name);
    if (long === undefined) return;
    const { first, waiting } = long;
    waiting.pieces.add(piece);
    if (piece.kind === ABORT || waiting.pieces.areTooMany) waiting.aborted = true;
    if (piece.kind === LAST) waiting.whole = { ...first, body: waiting.pieces.whole() };
    if (waiting.aborted || waiting.whole) line.long.delete(piece.name);
  }

  #release(sender: string, line: Line): void {
    let next = line.order[0];
    while (next !== undefined && (next.aborted || next.whole !== undefined)) {
      line.order.shift();
      if (next.whole !== undefined && !next.aborted) this.#deliver(next.whole);
      next = line.order[0];
    }
    if (line.order.length === 0) this.#lines.delete(sender);
  }
}
