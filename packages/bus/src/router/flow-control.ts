// Flow control in the router: how much each sender has sent to a member that is full (wire/credit.ts).

import { arrive, EMPTY_LEDGER, shed } from '../wire/credit.js';
import type { Packet } from '../wire/frame.js';
import { SLACK_BYTES } from '../wire/outbox/outbox.js';
import { isPiece } from '../wire/pieces.js';
import type { Announcements } from './announcements.js';
import type { Members } from './members.js';
import type { Peer } from './peer.js';

/** So many bytes beyond its credit, and this times that, end a sender: none that keeps the rules can have as many. */
const EXPELLED_AT_CREDITS = 4;
const EXPELLED_AT_BYTES = 64 * 1024 * 1024;

export class FlowControl {
  readonly #members: Members;
  readonly #announcements: Announcements;

  constructor(members: Members, announcements: Announcements) {
    this.#members = members;
    this.#announcements = announcements;
  }

  /** A packet of this sender, for which nothing makes room, was added to the outbox of a member. */
  added(from: Peer, to: Peer, packet: Packet, bytes: number): void {
    const { outbox } = to;
    if (from === to) return;
    if (outbox.isBusy) this.#busy(from, to);
    if (to.ledger.size === 0 && !outbox.isFull) return;
    const credit = Math.max(outbox.limit, SLACK_BYTES);
    const sender = from.stamp;
    const wasEmpty = to.ledger.size === 0;
    const { ledger, tell, over } = arrive(
      to.ledger,
      sender,
      bytes,
      outbox.bytes,
      outbox.limit,
      credit,
    );
    to.ledger = ledger;
    if (wasEmpty && ledger.size > 0) outbox.onRoom(() => this.#hasRoom(to));
    if (tell) this.#announcements.full(from, to, credit);
    // A message is not dropped for its own length.
    if (over === 0 || isPiece(packet.kind)) return;
    const dropped = outbox.shed(sender, over);
    to.ledger = shed(to.ledger, sender, dropped);
    if (over - dropped > EXPELLED_AT_CREDITS * credit + EXPELLED_AT_BYTES)
      from.expel('it sends to a member that is full, far beyond its credit');
  }

  /** The member is gone: it gets no more reports, and there are none about it. */
  left(peer: Peer): void {
    for (const other of this.#members.everywhere) {
      other.toldBusy.delete(peer.stamp);
      if (!other.ledger.has(peer.stamp)) continue;
      const ledger = new Map(other.ledger);
      ledger.delete(peer.stamp);
      other.ledger = ledger;
    }
    peer.ledger = EMPTY_LEDGER;
    peer.toldBusy.clear();
  }

  #busy(from: Peer, to: Peer): void {
    const { toldBusy, outbox } = to;
    if (toldBusy.has(from.stamp)) return;
    if (toldBusy.size === 0) outbox.onCalm(() => this.#isCalm(to));
    toldBusy.add(from.stamp);
    this.#announcements.busy(from, to);
  }

  #isCalm(to: Peer): void {
    for (const peer of this.#members.everywhere) {
      if (to.toldBusy.has(peer.stamp)) this.#announcements.calm(peer, to);
    }
    to.toldBusy.clear();
  }

  #hasRoom(to: Peer): void {
    const told = to.ledger;
    to.ledger = EMPTY_LEDGER;
    for (const peer of this.#members.everywhere) {
      if (told.has(peer.stamp)) this.#announcements.room(peer, to);
    }
  }
}
