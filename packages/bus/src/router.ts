// The middle of the star: knows the members and what each listens to, and passes parcels on to those who do.
// It lives in the primary, or in a process that has no cluster. It never opens a body.

import { idsOf, pack } from './body.js';
import type { Member } from './bus.js';
import {
  ABORT,
  type Address,
  BROADCAST,
  CANCEL,
  CHUNK,
  FAILURE,
  FIRST,
  GO,
  HELLO,
  LAST,
  LISTEN,
  LOSSY,
  MEMBER,
  OPEN,
  type Parcel,
  RECALL,
  REPLY,
  REQUEST,
  RETAINED,
  RETAINED_SELF,
  readFrame,
  STOP,
  UNLISTEN,
  WELCOME,
} from './frame.js';
import { cut, readFirst } from './long.js';
import { bytesOf } from './outbox.js';
import { Peer, type Relay } from './peer.js';
import type { Port, PortReceiver } from './port.js';
import { Retained } from './retained.js';
import { isReserved, MAX_TOPIC_LENGTH, matches } from './topic.js';
import { TopicIndex } from './topic-index.js';

/** Bounds on what a hostile worker can cost: topics that it listens to, long parcels that it sends at once. */
const MAX_INTERESTS = 100_000;
const MAX_RELAYS = 1_000;

export class Router {
  readonly #peers = new Map<string, Peer>();
  /** Peers that have not listened to anything yet: what they might want is kept. */
  readonly #waiting = new Set<Peer>();
  readonly #bySlot = new Map<number | string, Peer[]>();
  readonly #interest = new TopicIndex<Peer>();
  readonly #retained = new Retained();
  #limit: number;
  #badFrames = 0;
  #dropped = 0;
  #lost = 0;

  /** @param limit of the outbox to each member, in bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get limit(): number {
    return this.#limit;
  }

  set limit(limit: number) {
    this.#limit = limit;
    for (const peer of this.#peers.values()) peer.outbox.limit = limit;
  }

  get badFrames(): number {
    return this.#badFrames;
  }

  /** How many messages were dropped for want of room by members that are gone. */
  get droppedBefore(): number {
    return this.#dropped;
  }

  /** How many messages members that are gone had not got. */
  get lost(): number {
    return this.#lost;
  }

  get peers(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  /** A process is there, though it may not have said hello yet. Parcels for it are kept from now on. */
  join(member: Member, port: Port): { peer: Peer; receiver: PortReceiver } {
    const peer = new Peer(member, port, this.#limit);
    const before = this.#peers.get(peer.key);
    if (before) this.#leave(before);
    this.#peers.set(peer.key, peer);
    this.#waiting.add(peer);
    this.#bySlot.set(member.slot, [...(this.#bySlot.get(member.slot) ?? []), peer]);
    this.#tell(peer, 'known');
    return {
      peer,
      receiver: {
        frame: (message) => {
          if (!readFrame(message, (parcel) => this.receive(peer, parcel))) this.#badFrames++;
        },
        dying: () => {
          peer.isDying = true;
        },
        gone: () => this.#leave(peer),
      },
    };
  }

  /** @returns `false` for a parcel that makes no sense from a member. */
  receive(peer: Peer, parcel: Parcel): boolean {
    if (this.#peers.get(peer.key) !== peer) return false;
    switch (parcel.kind) {
      case BROADCAST:
      case LOSSY:
        this.#pass(peer, parcel, parcel.name, this.#listeners(peer, parcel.name, parcel.address));
        return true;
      case RETAINED:
      case RETAINED_SELF:
        return this.#retain(peer, parcel.kind, parcel.name, parcel.address, parcel.body);
      case REQUEST:
      case REPLY:
      case FAILURE:
      case CANCEL:
        this.#call(peer, parcel);
        return true;
      case FIRST:
        return this.#begin(peer, parcel);
      case CHUNK:
      case LAST:
      case ABORT:
        this.#continue(peer, parcel);
        return true;
      case LISTEN:
        return this.#listen(peer, parcel.name);
      case UNLISTEN:
        if (peer.interests.delete(parcel.name)) this.#interest.delete(parcel.name, peer);
        return true;
      case RECALL:
        if (peer.interests.has(parcel.name)) this.#recall(peer, parcel.name);
        return true;
      case HELLO:
        if (peer.hello()) this.#welcome(peer);
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
    await Promise.all(this.peers.map((peer) => peer.flushed()));
  }

  /** Who gets a message on this topic: those that listen, and those that may yet. */
  #listeners(from: Peer, topic: string, address: Address): Peer[] {
    const targets: Peer[] = [];
    for (const peer of this.#interest.match(topic)) {
      if (peer !== from && this.#means(address, peer)) targets.push(peer);
    }
    for (const peer of this.#waiting) {
      if (peer !== from && !this.#hears(peer, topic) && this.#means(address, peer)) {
        targets.push(peer);
      }
    }
    return targets;
  }

  /** @param topic of a broadcast, `undefined` for a call */
  #pass(from: Peer, parcel: Parcel, topic: string | undefined, targets: readonly Peer[]): void {
    const { kind, name, count, body } = parcel;
    for (const peer of targets)
      this.#send(from, peer, topic, { kind, name, address: from.stamp, count, body });
  }

  #passWhole(from: Peer, parcel: Parcel, topic: string, targets: readonly Peer[]): void {
    for (const one of cut(parcel)) this.#pass(from, one, topic, targets);
  }

  #send(from: Peer, peer: Peer, topic: string | undefined, parcel: Parcel): void {
    if (peer.isWaiting && !(topic !== undefined && isReserved(topic) && this.#hears(peer, topic))) {
      peer.keep(topic, parcel);
      return;
    }
    peer.outbox.push(parcel);
    if (peer.outbox.isFull && topic !== undefined && parcel.kind !== LOSSY)
      this.#stop(from, peer, topic);
  }

  /** Tells a sender that a member is full, and all whom it told when that has room again. */
  #stop(from: Peer, full: Peer, topic: string): void {
    const topics = full.told.get(from);
    if (topics?.has(topic)) return;
    if (full.told.size === 0) {
      full.outbox.onRoom(() => {
        const senders = [...full.told.keys()];
        full.told.clear();
        for (const sender of senders) this.#atOnce(sender, GO, '', full);
      });
    }
    full.told.set(from, (topics ?? new Set()).add(topic));
    this.#atOnce(from, STOP, topic, full);
  }

  #atOnce(peer: Peer, kind: string, name: string, about: Peer): void {
    if (peer.inProcess === undefined) this.#inform(peer, kind, name, about);
    else peer.inProcess({ kind, name, address: about.stamp, count: 0, body: '' });
  }

  #inform(peer: Peer, kind: string, name: string, about: Peer): void {
    peer.outbox.push({ kind, name, address: about.stamp, count: 0, body: '' });
  }

  #call(from: Peer, parcel: Parcel): void {
    const peer = this.#peers.get(String(parcel.address));
    // To one that is gone: who asks was told so, or is about to be.
    if (peer === undefined) return;
    if (parcel.kind === REQUEST && !peer.outbox.accepts(bytesOf(parcel))) {
      for (const id of idsOf(parcel.body)) {
        const body = `${id},${pack({ why: 'full' })}`;
        from.outbox.push({ kind: FAILURE, name: '', address: peer.stamp, count: 1, body });
      }
      return;
    }
    // Answers do not wait for a first listener: who gets one has asked.
    const { kind, name, count, body } = parcel;
    const passed = { kind, name, address: from.stamp, count, body };
    const mayWait = (kind === REQUEST || kind === CANCEL) && !isReserved(name);
    if (mayWait) this.#send(from, peer, undefined, passed);
    else peer.outbox.push(passed);
  }

  #begin(from: Peer, parcel: Parcel): boolean {
    const long = readFirst(parcel.name);
    if (long === undefined || from.relays.size >= MAX_RELAYS) return false;
    const { address } = parcel;
    const relay = (topic: string | undefined, targets: Peer[], retained: boolean): Relay => ({
      ...long,
      topic,
      targets,
      pieces: retained ? [] : undefined,
      target: address,
    });
    const { kind, name } = long;
    if (kind === BROADCAST || kind === LOSSY) {
      from.relays.set(long.id, relay(name, this.#listeners(from, name, address), false));
    } else if (kind === RETAINED || kind === RETAINED_SELF) {
      from.relays.set(long.id, relay(name, [], true));
      return true;
    } else {
      const peer = this.#peers.get(String(address));
      from.relays.set(long.id, relay(undefined, peer ? [peer] : [], false));
    }
    const begun = from.relays.get(long.id);
    this.#pass(from, parcel, begun?.topic, begun?.targets ?? []);
    return true;
  }

  #continue(from: Peer, parcel: Parcel): void {
    const relay = from.relays.get(parcel.name);
    if (relay === undefined) return;
    if (parcel.kind !== CHUNK) from.relays.delete(parcel.name);
    if (relay.pieces === undefined) {
      const targets = relay.targets.filter((peer) => this.#peers.get(peer.key) === peer);
      this.#pass(from, parcel, relay.topic, targets);
      return;
    }
    relay.pieces.push(parcel.body);
    if (parcel.kind === LAST) {
      this.#retain(from, relay.kind, relay.name, relay.target, relay.pieces.join(''));
    }
  }

  #retain(from: Peer, kind: string, topic: string, target: Address, body: string): boolean {
    if (topic === '' || topic.length > MAX_TOPIC_LENGTH) return false;
    const self = kind === RETAINED_SELF;
    const version = this.#retained.nextVersion();
    this.#retained.set({ topic, version, stamp: from.stamp, target, self, body });
    // Who does not listen yet gets the last one when it does.
    const targets = this.#interest.match(topic).filter((peer) => {
      return (peer === from ? self : true) && this.#means(target, peer);
    });
    const parcel = {
      kind: RETAINED,
      name: topic,
      address: target,
      count: 1,
      body: `${version},${body}`,
    };
    this.#passWhole(from, parcel, topic, targets);
    return true;
  }

  #listen(peer: Peer, pattern: string): boolean {
    if (pattern === '' || pattern.length > MAX_TOPIC_LENGTH) return false;
    if (peer.interests.size >= MAX_INTERESTS) return false;
    peer.interests.add(pattern);
    this.#interest.add(pattern, peer);
    if (isReserved(pattern)) peer.release((topic) => topic === pattern);
    this.#recall(peer, pattern);
    return true;
  }

  #recall(peer: Peer, pattern: string): void {
    const levels = pattern.split('.');
    const wanted = (topic: string) =>
      topic === pattern || (!isReserved(topic) && matches(levels, topic.split('.')));
    for (const { topic, version, stamp, target, self, body } of this.#retained.of(wanted)) {
      if ((stamp === peer.stamp && !self) || !this.#means(target, peer)) continue;
      const whole = {
        kind: RETAINED,
        name: topic,
        address: stamp,
        count: 1,
        body: `${version},${body}`,
      };
      for (const parcel of cut(whole)) {
        if (peer.isWaiting && !isReserved(topic)) peer.keep(topic, parcel);
        else peer.outbox.push(parcel);
      }
    }
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

  #welcome(peer: Peer): void {
    // Nothing of a predecessor that is dead may come after its successor is announced.
    for (const other of this.#bySlot.get(peer.member.slot) ?? []) {
      if (other.isDying) this.#leave(other);
    }
    for (const other of this.#peers.values()) {
      this.#inform(peer, MEMBER, other.isUp ? 'joined' : 'known', other);
    }
    this.#inform(peer, WELCOME, '', peer);
    this.#tell(peer, 'joined');
  }

  /** Tells all that are up about a member. */
  #tell(about: Peer, what: 'known' | 'joined' | 'left'): void {
    for (const peer of this.#peers.values()) {
      if (!peer.isUp || peer === about) continue;
      // That a member is there is known at once; what it does, and its end, in order with what it sends.
      if (what === 'known') this.#atOnce(peer, MEMBER, what, about);
      else if (!peer.isWaiting) this.#inform(peer, MEMBER, what, about);
      else {
        // The news has its place behind what is kept of that member, but requests need it now.
        this.#inform(peer, MEMBER, what === 'joined' ? 'up' : 'gone', about);
        const news = { kind: MEMBER, name: what, address: about.stamp, count: 0, body: '' };
        peer.keep(undefined, news);
      }
    }
  }

  #leave(peer: Peer): void {
    if (this.#peers.get(peer.key) !== peer) return;
    for (const name of [...peer.relays.keys()]) {
      this.#continue(peer, { kind: ABORT, name, address: null, count: 0, body: '' });
    }
    this.#peers.delete(peer.key);
    this.#waiting.delete(peer);
    for (const other of this.#peers.values()) other.told.delete(peer);
    for (const pattern of peer.interests) this.#interest.delete(pattern, peer);
    const { slot } = peer.member;
    const left = (this.#bySlot.get(slot) ?? []).filter((other) => other !== peer);
    if (left.length > 0) this.#bySlot.set(slot, left);
    else this.#bySlot.delete(slot);
    this.#dropped += peer.dropped;
    this.#lost += peer.close();
    this.#tell(peer, 'left');
  }
}
