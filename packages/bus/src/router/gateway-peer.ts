// The way to other machines as the router sees it: one more member, which listens to whatever a member of another machine
// listens to. All machines share its outbox. The target of a packet stands behind its name, because another router reads it.

import { remoteMember } from '../members/machine.js';
import { ALL_MACHINES } from '../members/member.js';
import { isReserved } from '../topics/topic.js';
import type { Transport } from '../transport/transport.js';
import type { Address, Packet } from '../wire/frame.js';
import { DELETE, type LEFT, LISTEN, MEMBER, UNLISTEN } from '../wire/frame.js';
import { Outbox } from '../wire/outbox/outbox.js';
import { isPiece } from '../wire/pieces.js';
import { Peer, type PeerOutbox } from './peer.js';

/** A member that has no listener yet may want any topic. */
const ANYTHING = '**';

/** So many topics are remembered whose value a member of this machine has deleted, for machines that have missed that. */
const MAX_DELETIONS = 10_000;

/** The host of the peer that stands for all other machines. */
const HOST = `${ALL_MACHINES}~`;

export class GatewayPeer {
  readonly peer: Peer;
  readonly outbox: Outbox;
  /** Whether no other machine is known. Then no other one has to agree on retained values. */
  isAlone = true;
  /** Whether others know the members and topics of this machine: from then on every change is sent to them. */
  isIntroduced = false;
  /** Whether a change was not sent for want of room, so that the others need a new introduction. */
  isStale = false;
  /** How many members of this machine listen to a topic or pattern. */
  readonly #listeners = new Map<string, number>();
  /** Topics whose last value is of this machine and has no place in the log yet, and the id of that value. */
  readonly #uncommitted = new Map<string, number>();
  /** Topics whose value a member of this machine has deleted, the latest at the end. */
  readonly #deletions = new Set<string>();
  #lastValue = 0;

  constructor(transport: Transport, limit: number) {
    this.outbox = new Outbox(transport, { limit, toRouter: false, name: HOST });
    const member = remoteMember({ slot: 'primary', generation: 1, role: 'primary' }, HOST);
    this.peer = new Peer(member, transport, limit, this.outbox);
    this.peer.hello();
  }

  /** What members of this machine listen to. */
  get patterns(): Iterable<string> {
    return this.#listeners.keys();
  }

  /** Topics whose value a member of this machine has deleted, also those that have one again. */
  get deletions(): Iterable<string> {
    return this.#deletions;
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

  /** @param any whether a member of this machine has not listened to anything yet */
  waiting(any: boolean): void {
    if (any) this.listen(ANYTHING);
    else this.unlisten(ANYTHING);
  }

  /** Sends a value that a member of this machine retains, or the first part of one. */
  retained(from: Peer, { kind, name, address, count, body }: Packet, topic: string): void {
    this.#value(from, { kind, name, address, count, body }, topic);
  }

  deleted(from: Peer, topic: string): void {
    this.#noteDeletion(topic);
    this.#value(from, { kind: DELETE, name: topic, address: null, count: 0, body: '' }, topic);
  }

  /** Whether this machine's value of a topic is newer than any that is read from the log now. */
  hasUncommitted(topic: string): boolean {
    return this.#uncommitted.has(topic);
  }

  /** A value of this machine was read from the log: values that are read after it are newer. */
  committed(topic: string, id: number): void {
    if (this.#uncommitted.get(topic) === id) this.#uncommitted.delete(topic);
  }

  /** All values of this machine were read from the log. */
  allCommitted(): void {
    this.#uncommitted.clear();
  }

  #value(from: Peer, { kind, name, address, count, body }: Packet, topic: string): void {
    // Muster's own topics stay on their machine.
    if (this.isAlone || isReserved(topic)) return;
    const id = ++this.#lastValue;
    const to = JSON.stringify([id, address]);
    this.#uncommitted.set(topic, id);
    this.outbox.push({ kind, name: `${name}\n${to}`, address: from.stamp, count, body });
  }

  #noteDeletion(topic: string): void {
    if (this.isAlone || isReserved(topic)) return;
    this.#deletions.delete(topic);
    this.#deletions.add(topic);
    const [oldest] = this.#deletions;
    if (oldest !== undefined && this.#deletions.size > MAX_DELETIONS)
      this.#deletions.delete(oldest);
  }

  #tell({ name, ...rest }: Packet): void {
    if (!this.isIntroduced) return;
    this.isStale ||= this.outbox.isFull;
    if (!this.isStale) this.outbox.push({ ...rest, name: `${name}\n` });
  }
}

/** A broadcast to this address, as it goes to other machines. */
export function forGateway(packet: Packet, address: Address): Packet {
  if (isPiece(packet.kind)) return packet;
  return { ...packet, name: `${packet.name}\n${address === null ? '' : JSON.stringify(address)}` };
}

/** The name of a packet, and the target that stands behind it. */
export function splitTarget(name: string): [name: string, to: string] {
  const at = name.lastIndexOf('\n');
  return at < 0 ? [name, ''] : [name.slice(0, at), name.slice(at + 1)];
}

/** The way to one member of another machine, through the outbox for all of them. */
export function outboxVia(outbox: Outbox, key: string): PeerOutbox {
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
