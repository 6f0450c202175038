// Packets as they arrive, back in the order in which each sender sent them: what follows a long one waits
// until that is complete, and what others send does not. Each long packet comes out whole, or not at all.

import { lengthOf } from './body.js';
import { ABORT, FIRST, LAST, type Packet } from './frame.js';
import { isPiece, MAX_LONG_CHARS, Pieces, readFirst } from './pieces.js';

/** How many long packets of one sender may be under way: a bound for a hostile one. */
const MAX_UNDER_WAY = 1_000;

/** How much of one sender may wait here, in characters: a long packet, and what passes between its pieces. */
const MAX_WAITING_CHARS = 2 * MAX_LONG_CHARS;

/** The memory of a waiting piece beside its text, in characters. */
const WAITING_OVERHEAD = 256;

interface Waiting {
  /** As it came: a first part, or a packet that is whole by itself. */
  readonly came: Packet;
  /** The packet, once it is whole. */
  whole: Packet | undefined;
  aborted: boolean;
  readonly pieces: Pieces;
}

interface SenderQueue {
  readonly order: Waiting[];
  readonly long: Map<string, { first: Packet; waiting: Waiting }>;
  /** Of all in it. */
  chars: number;
}

export class Reassembly {
  readonly #queues = new Map<string, SenderQueue>();
  readonly #deliver: (packet: Packet) => boolean;

  /** @param deliver is given each packet when its turn has come. */
  constructor(deliver: (packet: Packet) => boolean) {
    this.#deliver = deliver;
  }

  /** @returns `false` for a packet that makes no sense. */
  take(packet: Packet): boolean {
    const { kind } = packet;
    if (this.#queues.size === 0 && kind !== FIRST) {
      return isPiece(kind) ? true : this.#deliver(packet);
    }
    const sender = String(packet.address);
    const queue = this.#queues.get(sender);
    if (kind === FIRST) return this.#begin(sender, queue, packet);
    // A piece of what was never begun here follows a drop on the way.
    if (queue === undefined) return isPiece(kind) ? true : this.#deliver(packet);
    if (isPiece(kind)) this.#add(queue, packet);
    else this.#queue(queue, waiting(packet, packet));
    this.#release(sender, queue);
    return true;
  }

  /** The sender is gone: what is not complete never will be. */
  abandon(sender: string): void {
    const queue = this.#queues.get(sender);
    if (queue === undefined) return;
    for (const { waiting } of queue.long.values()) waiting.aborted = true;
    this.#release(sender, queue);
  }

  #begin(sender: string, known: SenderQueue | undefined, packet: Packet): boolean {
    const long = readFirst(packet.name);
    if (long === undefined) return false;
    const queue: SenderQueue = known ?? { order: [], long: new Map(), chars: 0 };
    if (queue.long.size >= MAX_UNDER_WAY || queue.long.has(long.id)) return false;
    const begun = waiting(packet, undefined);
    const { kind, name } = long;
    queue.long.set(long.id, { first: { ...packet, kind, name }, waiting: begun });
    this.#queue(queue, begun);
    this.#queues.set(sender, queue);
    return true;
  }

  #queue(queue: SenderQueue, one: Waiting): void {
    queue.order.push(one);
    queue.chars += sizeOf(one);
    this.#bound(queue);
  }

  #add(queue: SenderQueue, piece: Packet): void {
    const long = queue.long.get(piece.name);
    if (long === undefined) return;
    const { first, waiting } = long;
    waiting.pieces.add(piece);
    queue.chars += lengthOf(piece.body);
    if (piece.kind === ABORT || waiting.pieces.areTooMany) waiting.aborted = true;
    if (piece.kind === LAST) waiting.whole = { ...first, body: waiting.pieces.whole() };
    if (waiting.aborted || waiting.whole) queue.long.delete(piece.name);
    this.#bound(queue);
  }

  /** A sender that never completes what it begins makes nobody keep all that it sends. */
  #bound(queue: SenderQueue): void {
    if (queue.chars <= MAX_WAITING_CHARS) return;
    for (const { waiting } of queue.long.values()) waiting.aborted = true;
    queue.long.clear();
  }

  #release(sender: string, queue: SenderQueue): void {
    let next = queue.order[0];
    while (next !== undefined && (next.aborted || next.whole !== undefined)) {
      queue.order.shift();
      queue.chars -= sizeOf(next);
      if (next.whole !== undefined && !next.aborted) this.#deliver(next.whole);
      next = queue.order[0];
    }
    if (queue.order.length === 0) this.#queues.delete(sender);
  }
}

function sizeOf({ came, pieces }: Waiting): number {
  return lengthOf(came.body) + pieces.chars + WAITING_OVERHEAD;
}

function waiting(came: Packet, whole: Packet | undefined): Waiting {
  return { came, whole, aborted: false, pieces: new Pieces() };
}
