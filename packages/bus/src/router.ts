// The middle of the star: knows the members and what each listens to, and passes parcels on to those who do.
// It lives in the primary, or in a process that has no cluster. It never opens a body.

import type { Member } from './bus.js';
import {
  type Address,
  BROADCAST,
  HELLO,
  LISTEN,
  OPEN,
  type Parcel,
  readFrame,
  UNLISTEN,
  WELCOME,
} from './frame.js';
import { Peer } from './peer.js';
import type { Port, PortReceiver } from './port.js';
import { isReserved, MAX_TOPIC_LENGTH } from './topic.js';
import { TopicIndex } from './topic-index.js';

/** How many topics and patterns one member may listen to: a bound on what a hostile worker can cost. */
const MAX_INTERESTS = 100_000;

export class Router {
  readonly #peers = new Set<Peer>();
  /** Peers that have not listened to anything yet: what they might want is kept. */
  readonly #waiting = new Set<Peer>();
  readonly #bySlot = new Map<number | string, Peer[]>();
  readonly #interest = new TopicIndex<Peer>();

  /** A process is there, though it may not have said hello yet. Parcels for it are kept from now on. */
  join(member: Member, port: Port): { peer: Peer; receiver: PortReceiver } {
    const peer = new Peer(member, port);
    this.#peers.add(peer);
    this.#waiting.add(peer);
    const sameSlot = this.#bySlot.get(member.slot);
    if (sameSlot) sameSlot.push(peer);
    else this.#bySlot.set(member.slot, [peer]);
    return {
      peer,
      receiver: {
        frame: (message) => {
          readFrame(message, (parcel) => this.receive(peer, parcel));
        },
        gone: () => this.#leave(peer),
      },
    };
  }

  members(): readonly Member[] {
    return [...this.#peers].map((peer) => peer.member);
  }

  /** @returns `false` for a parcel that makes no sense from a member. */
  receive(peer: Peer, parcel: Parcel): boolean {
    if (!this.#peers.has(peer)) return false;
    switch (parcel.kind) {
      case BROADCAST:
        this.#broadcast(peer, parcel);
        return true;
      case LISTEN:
        return this.#listen(peer, parcel.name);
      case UNLISTEN:
        if (peer.interests.delete(parcel.name)) this.#interest.delete(parcel.name, peer);
        return true;
      case HELLO:
        if (peer.hello()) peer.send(WELCOME, '', peer.stamp, '');
        return true;
      case OPEN:
        if (this.#waiting.delete(peer)) peer.open((topic) => this.#hears(peer, topic));
        return true;
      default:
        return false;
    }
  }

  /** Resolves when all that was sent before has left this process, to every member that reads. */
  async flushed(): Promise<void> {
    await Promise.all([...this.#peers].map((peer) => peer.flushed()));
  }

  #broadcast(from: Peer, { name: topic, address, body }: Parcel): void {
    const reserved = isReserved(topic);
    for (const peer of this.#interest.match(topic)) {
      if (peer !== from && (reserved || !peer.waiting) && this.#means(address, peer)) {
        peer.send(BROADCAST, topic, from.stamp, body);
      }
    }
    for (const peer of this.#waiting) {
      if (peer !== from && !(reserved && this.#hears(peer, topic)) && this.#means(address, peer)) {
        peer.keep({ kind: BROADCAST, name: topic, address: from.stamp, body });
      }
    }
  }

  #listen(peer: Peer, pattern: string): boolean {
    if (pattern === '' || pattern.length > MAX_TOPIC_LENGTH) return false;
    if (peer.interests.size >= MAX_INTERESTS) return false;
    peer.interests.add(pattern);
    this.#interest.add(pattern, peer);
    if (isReserved(pattern)) peer.release((topic) => topic === pattern);
    return true;
  }

  #hears(peer: Peer, topic: string): boolean {
    return this.#interest.match(topic).includes(peer);
  }

  #means(address: Address, peer: Peer): boolean {
    if (address === null) return true;
    if (typeof address === 'object') return address.some((one) => this.#means(one, peer));
    if (typeof address === 'number') return this.#holderOf(address) === peer;
    return peer.member.role === address;
  }

  /** While a worker is replaced, two are in its slot: the newest that is up, else the newest. */
  #holderOf(slot: number): Peer | undefined {
    const peers = this.#bySlot.get(slot);
    return peers?.findLast((peer) => peer.isUp) ?? peers?.at(-1);
  }

  #leave(peer: Peer): void {
    if (!this.#peers.delete(peer)) return;
    this.#waiting.delete(peer);
    for (const pattern of peer.interests) this.#interest.delete(pattern, peer);
    const { slot } = peer.member;
    const left = (this.#bySlot.get(slot) ?? []).filter((other) => other !== peer);
    if (left.length > 0) this.#bySlot.set(slot, left);
    else this.#bySlot.delete(slot);
    peer.close();
  }
}
