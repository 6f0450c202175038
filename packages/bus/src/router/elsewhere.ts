// The way to other machines, as the router sees it: one member more, which listens to what anybody there listens to. Its
// outbox leads to all of them. A packet for it says whom it is for, behind its name: there is another router to decide that.

import { isReserved } from '../topics/topic.js';
import type { Address, Packet } from '../wire/frame.js';
import { DELETE, type LEFT, LISTEN, MEMBER, UNLISTEN } from '../wire/frame.js';
import type { Outbox } from '../wire/outbox/outbox.js';
import { isPiece } from '../wire/pieces.js';
import type { Peer, PeerOutbox } from './peer.js';

/** Whoever is still to listen may want anything. */
const ANYTHING = '**';

export class Elsewhere {
  readonly peer: Peer;
  /** Whether there is no other machine: then nobody retains anything but this one. */
  isAlone = true;
  /** Whether others were told who is here, and who listens to what: then they are told what changes. */
  isTold = false;
  /** Whether something changed that they were not told, for want of room. */
  isStale = false;
  /** What members of this machine listen to, and how many. */
  readonly #listeners = new Map<string, number>();
  /** Topics whose last value here comes after all that has come of the log. */
  readonly #ownValues = new Map<string, number>();
  #lastValue = 0;

  constructor(peer: Peer) {
    this.peer = peer;
  }

  get patterns(): Iterable<string> {
    return this.#listeners.keys();
  }

  announce(about: Peer, what: 'known' | 'joined' | 'open' | typeof LEFT): void {
    this.#tell({ kind: MEMBER, name: what, address: about.stamp, count: 0, body: '' });
  }

  listen(pattern: string): void {
    if (isReserved(pattern)) return;
    const count = this.#listeners.get(pattern) ?? 0;
    this.#listeners.set(pattern, count + 1);
    if (count === 0) this.#tell({ kind: LISTEN, name: pattern, address: null, count: 0, body: '' });
  }

  unlisten(pattern: string): void {
    const count = this.#listeners.get(pattern) ?? 0;
    if (count > 1) this.#listeners.set(pattern, count - 1);
    else if (this.#listeners.delete(pattern))
      this.#tell({ kind: UNLISTEN, name: pattern, address: null, count: 0, body: '' });
  }

  /** Whether a member of this machine has not listened to anything yet. */
  waiting(any: boolean): void {
    if (any) this.listen(ANYTHING);
    else this.unlisten(ANYTHING);
  }

  /** A value of this machine is retained; or the first part of one. */
  retained(from: Peer, { kind, name, address, count, body }: Packet, topic: string): void {
    this.#value(from, { kind, name, address, count, body }, topic);
  }

  deleted(from: Peer, topic: string): void {
    this.#value(from, { kind: DELETE, name: topic, address: null, count: 0, body: '' }, topic);
  }

  /** Whether the value of a topic is newer here than anything that comes from the log now. */
  isNewer(topic: string): boolean {
    return this.#ownValues.has(topic);
  }

  /** What comes from the log after this is newer. @param id `undefined` for all values of all topics. */
  counts(topic: string, id: number): void {
    if (this.#ownValues.get(topic) === id) this.#ownValues.delete(topic);
  }

  allCount(): void {
    this.#ownValues.clear();
  }

  #value(from: Peer, { kind, name, address, count, body }: Packet, topic: string): void {
    // Muster's own stay on their machine.
    if (this.isAlone || isReserved(topic)) return;
    const id = ++this.#lastValue;
    const to = JSON.stringify([id, address]);
    this.#ownValues.set(topic, id);
    this.peer.outbox.push({ kind, name: `${name}\n${to}`, address: from.stamp, count, body });
  }

  #tell({ name, ...rest }: Packet): void {
    if (!this.isTold) return;
    // Of what is said while nobody can hear it, all is said anew once somebody can.
    this.isStale ||= this.peer.outbox.isFull;
    if (!this.isStale) this.peer.outbox.push({ ...rest, name: `${name}\n` });
  }
}

/** A broadcast that was addressed so, for other machines. */
export function forElsewhere(packet: Packet, address: Address): Packet {
  if (isPiece(packet.kind)) return packet;
  return { ...packet, name: `${packet.name}\n${address === null ? '' : JSON.stringify(address)}` };
}

/** The name of a packet, and what stands behind it. */
export function splitName(name: string): [name: string, to: string] {
  const at = name.lastIndexOf('\n');
  return at < 0 ? [name, ''] : [name.slice(0, at), name.slice(at + 1)];
}

/** The way to one member of another machine, by the outbox for all of them. */
export function outboxTo(key: string, outbox: Outbox): PeerOutbox {
  const to = JSON.stringify(key);
  const addressed = (packet: Packet): Packet =>
    isPiece(packet.kind) ? packet : { ...packet, name: `${packet.name}\n${to}` };
  return {
    limit: outbox.limit,
    get bytes() {
      return outbox.bytes;
    },
    messages: 0,
    dropped: 0,
    get isFull() {
      return outbox.isFull;
    },
    get isBusy() {
      return outbox.isBusy;
    },
    isLossy: (packet) => outbox.isLossy(packet),
    push: (packet, bytes) => outbox.push(addressed(packet), bytes),
    pushFirst: (packet) => outbox.pushFirst(addressed(packet)),
    accepts: (bytes) => outbox.accepts(bytes),
    resume() {},
    shed: (sender, bytes) => outbox.shed(sender, bytes),
    flushed: () => outbox.flushed(),
    onRoom: (listener) => outbox.onRoom(listener),
    onCalm: (listener) => outbox.onCalm(listener),
    close: () => 0,
  };
}
