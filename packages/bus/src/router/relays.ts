// Long parcels on their way through: each piece goes where the first part went.

import { lengthOf } from '../wire/body.js';
import {
  ABORT,
  BROADCAST,
  FAILURE,
  LAST,
  LOSSY,
  type Parcel,
  REPLY,
  RETAINED,
  RETAINED_FOR,
  RETAINED_SELF,
} from '../wire/frame.js';
import { isLastPiece, MAX_LONG_CHARS, PIECE_OVERHEAD, Pieces, readFirst } from '../wire/long.js';
import type { Members } from './members.js';
import type { Peer, Relay } from './peer.js';
import type { Retention } from './retention.js';
import type { Routes } from './routes.js';

/**
 * How many long parcels of one member may be under way. Their first parts go ahead, but the pieces of one are sent
 * before those of the next: together they are not more than one message.
 */
const MAX_RELAYS = 1_000;

export class Relays {
  readonly #members: Members;
  readonly #routes: Routes;
  readonly #retention: Retention;

  constructor(members: Members, routes: Routes, retention: Retention) {
    this.#members = members;
    this.#routes = routes;
    this.#retention = retention;
  }

  /** @returns `false` for a first part that makes no sense. */
  begin(from: Peer, parcel: Parcel): boolean {
    const long = readFirst(parcel.name);
    if (long === undefined || from.relays.size >= MAX_RELAYS || from.relays.has(long.id))
      return false;
    const { kind, name } = long;
    const { address } = parcel;
    if (kind === RETAINED || kind === RETAINED_SELF || kind === RETAINED_FOR) {
      const retaining = this.#retention.begin(from, long, address);
      if (retaining === undefined) return false;
      const { topic, receivers } = retaining;
      const collected = { retaining, pieces: new Pieces() };
      from.relays.set(long.id, { ...long, topic, receivers, collected, target: address, chars: 0 });
      return true;
    }
    const isBroadcast = kind === BROADCAST || kind === LOSSY;
    const topic = isBroadcast ? name : undefined;
    const receivers = isBroadcast
      ? this.#routes.receiversOf(from, name, address)
      : [this.#members.get(String(address))].filter((peer) => peer !== undefined);
    const relay = { ...long, topic, receivers, collected: undefined, target: address, chars: 0 };
    from.relays.set(long.id, relay);
    this.#pass(from, parcel, relay);
    return true;
  }

  /** @returns `false` for a piece that is one too many. */
  continue(from: Peer, parcel: Parcel): boolean {
    const relay = from.relays.get(parcel.name);
    if (relay === undefined) return true;
    const chars = lengthOf(parcel.body) + PIECE_OVERHEAD;
    relay.chars += chars;
    from.relayedChars += chars;
    const isTooMuch = from.relayedChars > MAX_LONG_CHARS && !isLastPiece(parcel.kind);
    if (isTooMuch) {
      this.abort(from);
      from.expel('it sent a message to the bus that goes on beyond the length of any');
    } else this.#continue(from, parcel, relay);
    return !isTooMuch;
  }

  #continue(from: Peer, parcel: Parcel, relay: Relay): void {
    const { collected, target } = relay;
    const isLast = isLastPiece(parcel.kind);
    if (isLast) {
      from.relays.delete(parcel.name);
      from.relayedChars -= relay.chars;
    }
    this.#pass(from, parcel, relay);
    if (collected === undefined) return;
    collected.pieces.add(parcel);
    if (!isLast) return;
    const body = parcel.kind === LAST ? collected.pieces.whole() : undefined;
    this.#retention.end(from, collected.retaining, target, body);
  }

  /** The sender is gone: what of it is under way will never be complete. */
  abort(from: Peer): void {
    for (const name of [...from.relays.keys()]) {
      this.continue(from, { kind: ABORT, name, address: null, count: 0, body: '' });
    }
  }

  #pass(from: Peer, parcel: Parcel, { kind, topic, receivers }: Relay): void {
    const left = receivers.filter((peer) => this.#members.has(peer));
    if (kind === REPLY || kind === FAILURE) this.#routes.answer(from, parcel, left);
    else this.#routes.pass(from, parcel, topic, left);
  }
}
