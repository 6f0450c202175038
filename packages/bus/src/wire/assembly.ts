// Parcels as they arrive, back in the order in which each sender sent them: what follows a long one waits
// until that is complete, and what others send does not. Each long parcel comes out whole, or not at all.

import { lengthOf } from './body.js';
import { ABORT, FIRST, LAST, type Parcel } from './frame.js';
import { isPiece, MAX_LONG_CHARS, Pieces, readFirst } from './long.js';

/** How many long parcels of one sender may be under way: a bound for a hostile one. */
const MAX_UNDER_WAY = 1_000;

/** How much of one sender may wait here, in characters: a long parcel, and what passes between its pieces. */
const MAX_WAITING_CHARS = 2 * MAX_LONG_CHARS;

/** What waits costs so much beside its text. */
const WAITING_OVERHEAD = 256;

interface Waiting {
  /** As it came: a first part, or a parcel that is whole by itself. */
  readonly came: Parcel;
  /** The parcel, once it is whole. */
  whole: Parcel | undefined;
  aborted: boolean;
  readonly pieces: Pieces;
}

interface Line {
  readonly order: Waiting[];
  readonly long: Map<string, { first: Parcel; waiting: Waiting }>;
  /** Of all in it. */
  chars: number;
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
    else this.#queue(line, waiting(parcel, parcel));
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
    const line: Line = known ?? { order: [], long: new Map(), chars: 0 };
    if (line.long.size >= MAX_UNDER_WAY || line.long.has(long.id)) return false;
    const begun = waiting(parcel, undefined);
    const { kind, name } = long;
    line.long.set(long.id, { first: { ...parcel, kind, name }, waiting: begun });
    this.#queue(line, begun);
    this.#lines.set(sender, line);
    return true;
  }

  #queue(line: Line, one: Waiting): void {
    line.order.push(one);
    line.chars += sizeOf(one);
    this.#bound(line);
  }

  #add(line: Line, piece: Parcel): void {
    const long = line.long.get(piece.name);
    if (long === undefined) return;
    const { first, waiting } = long;
    waiting.pieces.add(piece);
    line.chars += lengthOf(piece.body);
    if (piece.kind === ABORT || waiting.pieces.areTooMany) waiting.aborted = true;
    if (piece.kind === LAST) waiting.whole = { ...first, body: waiting.pieces.whole() };
    if (waiting.aborted || waiting.whole) line.long.delete(piece.name);
    this.#bound(line);
  }

  /** A sender that never completes what it begins makes nobody keep all that it sends. */
  #bound(line: Line): void {
    if (line.chars <= MAX_WAITING_CHARS) return;
    for (const { waiting } of line.long.values()) waiting.aborted = true;
    line.long.clear();
  }

  #release(sender: string, line: Line): void {
    let next = line.order[0];
    while (next !== undefined && (next.aborted || next.whole !== undefined)) {
      line.order.shift();
      line.chars -= sizeOf(next);
      if (next.whole !== undefined && !next.aborted) this.#deliver(next.whole);
      next = line.order[0];
    }
    if (line.order.length === 0) this.#lines.delete(sender);
  }
}

function sizeOf({ came, pieces }: Waiting): number {
  return lengthOf(came.body) + pieces.chars + WAITING_OVERHEAD;
}

function waiting(came: Parcel, whole: Parcel | undefined): Waiting {
  return { came, whole, aborted: false, pieces: new Pieces() };
}
