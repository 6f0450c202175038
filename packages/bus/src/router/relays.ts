// Long packets on their way through: each piece goes where the first part went.

import { lengthOf } from '../wire/body.js';
import {
  ABORT,
  BROADCAST,
  FAILURE,
  LAST,
  LOSSY,
  type Packet,
  REPLY,
  RETAINED,
  RETAINED_FOR,
  RETAINED_SELF,
} from '../wire/frame.js';
import { isLastPiece, MAX_LONG_CHARS, PIECE_OVERHEAD, Pieces, readFirst } from '../wire/pieces.js';
import type { Members } from './members.js';
import type { Peer, Relay } from './peer.js';
import type { Retention } from './retention.js';
import type { Routes } from './routes.js';

/**
 * How many long packets of one member may be under way. Their first parts go ahead, but the pieces of one are sent
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
  begin(from: Peer, packet: Packet): boolean {
    const long = readFirst(packet.name);
    if (long === undefined || from.relays.size >= MAX_RELAYS || from.relays.has(long.id))
      return false;
    const { kind, name } = long;
    const { address } = packet;
    if (kind === RETAINED || kind === RETAINED_SELF || kind === RETAINED_FOR) {
      const pending = this.#retention.begin(from, long, address);
      if (pending === undefined) return false;
      const { topic, receivers } = pending;
      const collected = { pending, pieces: new Pieces() };
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
    this.#pass(from, packet, relay);
    return true;
  }

  /** @returns `false` for a piece that is one too many. */
  continue(from: Peer, packet: Packet): boolean {
    const relay = from.relays.get(packet.name);
    if (relay === undefined) return true;
    const chars = lengthOf(packet.body) + PIECE_OVERHEAD;
    relay.chars += chars;
    from.relayedChars += chars;
    const isTooMuch = from.relayedChars > MAX_LONG_CHARS && !isLastPiece(packet.kind);
    if (isTooMuch) {
      this.abort(from);
      from.expel('it sent a message to the bus that goes on beyond the length of any');
    } else this.#continue(from, packet, relay);
    return !isTooMuch;
  }

  #continue(from: Peer, packet: Packet, relay: Relay): void {
    const { collected, target } = relay;
    const isLast = isLastPiece(packet.kind);
    if (isLast) {
      from.relays.delete(packet.name);
      from.relayedChars -= relay.chars;
    }
    this.#pass(from, packet, relay);
    if (collected === undefined) return;
    collected.pieces.add(packet);
    if (!isLast) return;
    const body = packet.kind === LAST ? collected.pieces.whole() : undefined;
    this.#retention.end(from, collected.pending, target, body);
  }

  /** The sender is gone: what of it is under way will never be complete. */
  abort(from: Peer): void {
    for (const name of [...from.relays.keys()]) {
      this.continue(from, { kind: ABORT, name, address: null, count: 0, body: '' });
    }
  }

  #pass(from: Peer, packet: Packet, { kind, topic, receivers }: Relay): void {
    const left = receivers.filter((peer) => this.#members.has(peer));
    if (kind === REPLY || kind === FAILURE) this.#routes.answer(from, packet, left);
    else this.#routes.pass(from, packet, topic, left);
  }
}
