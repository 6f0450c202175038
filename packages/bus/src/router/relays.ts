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
  RETAINED_SELF,
} from '../wire/frame.js';
import { isLastPiece, Pieces, readFirst } from '../wire/long.js';
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
    // What is retained is put together here, and what comes of it goes out as a whole.
    if (kind === RETAINED || kind === RETAINED_SELF) {
      const relay = { ...long, topic: name, receivers: [], pieces: new Pieces(), target: address };
      from.relays.set(long.id, relay);
      return true;
    }
    const isBroadcast = kind === BROADCAST || kind === LOSSY;
    const topic = isBroadcast ? name : undefined;
    const receivers = isBroadcast
      ? this.#routes.receiversOf(from, name, address)
      : [this.#members.get(String(address))].filter((peer) => peer !== undefined);
    const relay: Relay = { ...long, topic, receivers, pieces: undefined, target: address };
    from.relays.set(long.id, relay);
    this.#pass(from, parcel, relay);
    return true;
  }

  continue(from: Peer, parcel: Parcel): void {
    const relay = from.relays.get(parcel.name);
    if (relay === undefined) return;
    if (isLastPiece(parcel.kind)) from.relays.delete(parcel.name);
    if (relay.pieces === undefined) {
      this.#pass(from, parcel, relay);
      return;
    }
    relay.pieces.add(parcel);
    if (relay.pieces.areTooMany) from.relays.delete(parcel.name);
    if (parcel.kind !== LAST || relay.pieces.areTooMany) return;
    this.#retention.retain(from, relay.kind, relay.name, relay.target, relay.pieces.whole());
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
