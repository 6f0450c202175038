// Long parcels on their way through: each piece goes where the first part went.

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
import { isLastPiece, MAX_LONG_CHARS, Pieces, readFirst } from '../wire/long.js';
import type { Members } from './members.js';
import type { Peer, Relay } from './peer.js';
import type { Retention } from './retention.js';
import type { Routes } from './routes.js';

/** Bounds what a hostile worker can cost. */
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
    if (long === undefined || from.relays.size >= MAX_RELAYS) return false;
    const { kind, name } = long;
    const { address } = parcel;
    if (kind === RETAINED || kind === RETAINED_SELF || kind === RETAINED_FOR) {
      const retaining = this.#retention.begin(from, long, address);
      if (retaining === undefined) return false;
      const { topic, receivers } = retaining;
      const collected = { retaining, pieces: new Pieces() };
      from.relays.set(long.id, { ...long, topic, receivers, collected, target: address });
      return true;
    }
    const isBroadcast = kind === BROADCAST || kind === LOSSY;
    const topic = isBroadcast ? name : undefined;
    const receivers = isBroadcast
      ? this.#routes.receiversOf(from, name, address)
      : [this.#members.get(String(address))].filter((peer) => peer !== undefined);
    const relay: Relay = { ...long, topic, receivers, collected: undefined, target: address };
    from.relays.set(long.id, relay);
    this.#pass(from, parcel, relay);
    return true;
  }

  continue(from: Peer, parcel: Parcel): void {
    const relay = from.relays.get(parcel.name);
    if (relay === undefined) return;
    const { collected, target } = relay;
    collected?.pieces.add(parcel);
    const piece = collected && isTooMuch(from) ? { ...parcel, kind: ABORT, body: '' } : parcel;
    if (isLastPiece(piece.kind)) from.relays.delete(parcel.name);
    this.#pass(from, piece, relay);
    if (collected === undefined || !isLastPiece(piece.kind)) return;
    const body = piece.kind === LAST ? collected.pieces.whole() : undefined;
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

/** Whether the values that this member begins to retain, and does not complete, are more than anybody sends at once. */
function isTooMuch(from: Peer): boolean {
  let chars = 0;
  for (const { collected } of from.relays.values()) chars += collected?.pieces.size ?? 0;
  return chars > 2 * MAX_LONG_CHARS;
}
