// The gateway of a router: what comes from other machines becomes what their members say to it.

import type { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { timeOfDay } from '@muster/codec/timers';
import { machinePart } from '../machine.js';
import { isHomeOnly, mapParts } from '../member.js';
import { splitName } from '../router/elsewhere.js';
import type { Peer } from '../router/peer.js';
import type { RetainedValue } from '../router/retained-values.js';
import { retainRequestOf } from '../router/retention.js';
import type { ElsewhereHost, RouterSide } from '../router/router-side.js';
import { isReserved, MAX_SUBSCRIPTIONS, MAX_TOPIC_LENGTH } from '../topics/topic.js';
import {
  type Address,
  BUSY,
  CALM,
  DELETE,
  FIRST,
  frameOf,
  GO,
  LEFT,
  LISTEN,
  MEMBER,
  nameOfRetainedFor,
  type Packet,
  RETAINED,
  RETAINED_FOR,
  RETAINED_SELF,
  readFrame,
  STOP,
  UNLISTEN,
  WELCOME,
  WIDTH,
} from '../wire/frame.js';
import { cut, isPiece } from '../wire/pieces.js';
import { ALL, Batches, isBroadcast, isValue, wholeOf } from './batches.js';
import type { Batch, Gateway, Host, Uplink } from './gateway.js';
import { hostOfMachine, RemoteMachine } from './remote-machine.js';
import { ValueReader } from './value-reader.js';

/** Until a machine has said what it listens to, it may be anything. */
const ANYTHING = '**';

/** So many topics and patterns of one machine: those of ten processes that listen to as many as one may. */
const MAX_LISTENS = 10 * MAX_SUBSCRIPTIONS;

/** So much of an introduction is one batch. */
const BATCH_PACKETS = 200 * WIDTH;

/** What an introduction says of itself: who is here and who listens to what; then, where it was asked for, what is retained. */
const KNOWN = 'known';
const TELLING = 'telling';
const OFFERING = 'offering';
const VALUES = 'values';

class RouterGateway implements Gateway {
  readonly batches = new Batches((name) => this.#idOf(name));
  readonly #router: RouterSide;
  readonly #machines = new Map<string, RemoteMachine>();
  /** What other machines listen to, and how many of them. */
  readonly #interest = new Map<string, number>();
  /** Topics whose values are newer than those that a machine tells, since it was asked. */
  #newer: Set<string> | undefined;
  #host = '';

  constructor(router: RouterSide) {
    this.#router = router;
  }

  get bytes(): number {
    return this.#router.outbox.bytes;
  }

  get messages(): number {
    return this.#router.outbox.messages;
  }

  get members(): number {
    const here = [...this.#machines.values()].filter((machine) => machine.isHere);
    return here.reduce((all, machine) => all + machine.peers.size, 0);
  }

  get isAlone(): boolean {
    return this.#router.elsewhere.isAlone;
  }

  get isStale(): boolean {
    return this.#router.elsewhere.isStale;
  }

  get isAmidst(): boolean {
    return this.#router.locals.some((peer) =>
      [...peer.relays.values()].some((relay) => relay.receivers.some((to) => to.isRemote)),
    );
  }

  named(self: Host): void {
    this.#host = hostOfMachine(self);
    this.#newer = new Set();
    this.#router.rename(self.name);
  }

  joined(host: Host): void {
    const before = this.#machines.get(host.id);
    const machine = new RemoteMachine(host, this.#router.outbox);
    this.#router.elsewhere.isAlone = false;
    this.#count(ANYTHING, 1);
    if (before !== undefined) this.#forget(before);
    this.#machines.set(host.id, machine);
  }

  left(id: string): void {
    const machine = this.#machines.get(id);
    if (machine === undefined || !machine.isHere) return;
    machine.isHere = false;
    for (const { peer } of machine.peers.values()) {
      if (peer.relays.size > 0) machine.wasAmidst = true;
      this.#router.leave(peer);
    }
  }

  back(id: string): void {
    const machine = this.#machines.get(id);
    if (machine === undefined || machine.isHere) return;
    machine.visit();
    for (const { peer, isUp, isOpen } of machine.peers.values()) {
      this.#router.enter(peer);
      if (isUp) this.#router.joined(peer);
      if (isOpen) this.#router.opened(peer);
    }
    if (machine.wasAmidst) this.gap(id, timeOfDay());
    machine.wasAmidst = false;
  }

  forgotten(id: string): void {
    const machine = this.#machines.get(id);
    if (machine === undefined) return;
    this.#forget(machine);
    this.#machines.delete(id);
    this.#router.elsewhere.isAlone = this.#machines.size === 0;
  }

  gap(id: string, sinceMs: number): void {
    const machine = this.#machines.get(id);
    if (machine !== undefined) this.#router.gap(`${machine.host}/primary:1:primary`, sinceMs);
  }

  receive(id: string, bytes: Buffer): void {
    const machine = this.#machines.get(id);
    if (machine === undefined || !machine.isHere) return;
    const parts: unknown[] = [];
    machine.parse(bytes, parts);
    for (let i = 0; i < parts.length; i += WIDTH) {
      const [kind, name, address, count, body] = parts.slice(i, i + WIDTH);
      const packet = { kind, name, address, count, body } as Packet;
      // What no machine writes is left out, and the rest is taken.
      this.#take(machine, packet);
    }
  }

  introduction(to: string, values: boolean): Batch[] {
    const { elsewhere } = this.#router;
    elsewhere.isTold = true;
    if (to === ALL) elsewhere.isStale = false;
    const packets: unknown[] = [];
    const say = (kind: string, name: string, address: Address) =>
      packets.push(kind, `${name}\n`, address, 0, '');
    for (const peer of this.#router.locals) {
      say(MEMBER, peer.isUp ? 'joined' : 'known', peer.stamp);
      if (!peer.isWaiting) say(MEMBER, 'open', peer.stamp);
    }
    for (const pattern of elsewhere.patterns) say(LISTEN, pattern, null);
    say(WELCOME, KNOWN, null);
    if (values) {
      // To one it says what all have. To all it says what it has, for those who have nothing of it.
      say(WELCOME, to === ALL ? OFFERING : TELLING, null);
      for (const value of this.#router.values) packets.push(...this.#told(value));
      say(WELCOME, VALUES, null);
    }
    const batches: Batch[] = [];
    for (let at = 0; at < packets.length; at += BATCH_PACKETS) {
      batches.push(this.batches.to(to, packets.slice(at, at + BATCH_PACKETS)));
    }
    return batches;
  }

  counted({ packets }: Batch, isLast: boolean): void {
    for (let i = 0; i < packets.length; i += WIDTH) {
      const [kind, name] = packets.slice(i, i + 2) as [string, string];
      const [own, to] = splitName(name);
      const topic = topicOf(kind, own);
      if (topic === undefined) continue;
      this.#newer?.add(topic);
      const [id] = JSON.parse(to) as [number];
      this.#router.elsewhere.counts(topic, id);
    }
    if (isLast && this.#router.outbox.bytes === 0) this.#router.elsewhere.allCount();
  }

  again({ packets }: Batch): { batch: Batch | undefined; lost: boolean } {
    const kept: unknown[] = [];
    let lost = false;
    for (let i = 0; i < packets.length; i += WIDTH) {
      const [kind, name] = packets.slice(i, i + 2) as [string, string];
      const whole = wholeOf(kind, splitName(name)[0]);
      if (kind === FIRST || isPiece(kind)) lost ||= isPiece(kind) || isBroadcast(whole.kind);
      else if (isBroadcast(kind) || kind === DELETE) kept.push(...packets.slice(i, i + WIDTH));
    }
    return { batch: kept.length > 0 ? this.batches.of(kept) : undefined, lost };
  }

  #take(machine: RemoteMachine, packet: Packet): void {
    const { kind, name, address, count, body } = packet;
    const [own, to] = isPiece(kind) ? [name, ''] : splitName(name);
    switch (kind) {
      case MEMBER:
        this.#member(machine, own, String(address));
        return;
      case LISTEN:
        this.#listen(machine, own);
        return;
      case UNLISTEN:
        this.#unlisten(machine, own);
        return;
      case WELCOME:
        this.#introduced(machine, own);
        return;
      case STOP:
      case GO:
      case BUSY:
      case CALM: {
        const about = machine.peers.get(String(address))?.peer;
        const local = this.#localOf(to);
        if (about && local)
          this.#router.tellFirst(local, { ...packet, name: '', address: about.stamp });
        return;
      }
    }
    if (machine.reader !== undefined) {
      this.#restore(machine, { ...packet, name: own }, to);
      return;
    }
    const sender = machine.peers.get(String(address))?.peer;
    if (sender === undefined || isReserved(wholeOf(kind, own).name)) return;
    const receiver = isPiece(kind) ? null : this.#receiverOf(wholeOf(kind, own).kind, to);
    if (receiver === undefined) return;
    const topic = topicOf(kind, own);
    if (topic !== undefined) this.#newer?.add(topic);
    readFrame(frameOf([kind, own, receiver, count, body]), (read) =>
      this.#router.receive(sender, read),
    );
  }

  /** @returns `undefined` where nobody of this machine is meant. */
  #receiverOf(kind: string, to: string): Address | undefined {
    const parsed = to === '' ? null : parse(to);
    if (parsed === undefined) return undefined;
    if (isValue(kind) || kind === DELETE) {
      return Array.isArray(parsed) ? this.#atHome(parsed[1] as Address) : undefined;
    }
    if (isBroadcast(kind)) return this.#atHome(parsed as Address);
    return this.#localOf(to)?.key;
  }

  /** An address as it was written on another machine: its slots are no slots of this one. */
  #atHome(address: Address): Address | undefined {
    return mapParts(address, (part) => (typeof part === 'number' ? undefined : part));
  }

  #localOf(to: string): Peer | undefined {
    const key = parse(to);
    const prefix = `${this.#host}/`;
    if (typeof key !== 'string' || !key.startsWith(prefix)) return undefined;
    return this.#router.local(key.slice(prefix.length));
  }

  #member(machine: RemoteMachine, what: string, stamp: string): void {
    const known = machine.peers.get(stamp);
    if (what === LEFT) {
      if (known === undefined) return;
      machine.peers.delete(stamp);
      this.#router.leave(known.peer);
      return;
    }
    const entry = known ?? machine.add(stamp);
    if (entry === undefined) return;
    if (known === undefined) this.#router.enter(entry.peer);
    if (what === 'joined' && !entry.isUp) {
      entry.isUp = true;
      this.#router.joined(entry.peer);
    }
    if (what === 'open' && !entry.isOpen) {
      entry.isOpen = true;
      this.#router.opened(entry.peer);
    }
  }

  #introduced(machine: RemoteMachine, what: string): void {
    if (what === KNOWN && !machine.isIntroduced) {
      machine.isIntroduced = true;
      this.#count(ANYTHING, -1);
    }
    if (what === TELLING || what === OFFERING) machine.reader = new ValueReader(what === OFFERING);
    if (what !== VALUES) return;
    if (machine.reader?.isOffered === false) this.#newer = undefined;
    machine.reader = undefined;
  }

  #listen(machine: RemoteMachine, pattern: string): void {
    if (pattern === '' || pattern.length > MAX_TOPIC_LENGTH || machine.listens.has(pattern)) return;
    if (isReserved(pattern) || machine.listens.size >= MAX_LISTENS) return;
    machine.listens.add(pattern);
    this.#count(pattern, 1);
  }

  #unlisten(machine: RemoteMachine, pattern: string): void {
    if (machine.listens.delete(pattern)) this.#count(pattern, -1);
  }

  #count(pattern: string, by: 1 | -1): void {
    const count = (this.#interest.get(pattern) ?? 0) + by;
    if (count > 0) this.#interest.set(pattern, count);
    else this.#interest.delete(pattern);
    if (count === (by > 0 ? 1 : 0)) this.#router.interest(pattern, by > 0);
  }

  #forget(machine: RemoteMachine): void {
    this.left(machine.id);
    if (!machine.isIntroduced) this.#count(ANYTHING, -1);
    for (const pattern of machine.listens) this.#count(pattern, -1);
  }

  #restore(machine: RemoteMachine, packet: Packet, to: string): void {
    const value = machine.reader?.take(packet, to);
    if (value === undefined) return;
    const request = retainRequestOf(value.kind, value.name);
    const target = parse(value.to);
    if (request === undefined || this.#newer?.has(request.topic)) return;
    if (machine.reader?.isOffered && this.#router.retains(request.topic)) return;
    const own = String(packet.address);
    const stamp = own.includes('/', 0) && /^[^/:]+\//.test(own) ? own : `${machine.host}/${own}`;
    // Written by a machine that retains it as it does its own.
    this.#router.restore({ ...request, stamp, target: target as Address, body: value.body });
  }

  /** As another machine is told it: slots of this one by its name. */
  #told({ topic, stamp, target, self, body, endsAt }: RetainedValue): unknown[] {
    const { machine } = this.#router;
    const named = mapParts(target, (part) =>
      typeof part === 'number' ? machinePart({ machine, slot: part, role: undefined }) : part,
    );
    if (named === undefined || isHomeOnly(target) || isReserved(topic)) return [];
    const leftMs = Math.ceil(endsAt - performance.now());
    if (leftMs <= 0) return [];
    const isForever = endsAt === Number.POSITIVE_INFINITY;
    const always = self ? RETAINED_SELF : RETAINED;
    const kind = isForever ? always : RETAINED_FOR;
    const name = isForever ? topic : nameOfRetainedFor(topic, self, leftMs);
    const packet = { kind, name, address: stamp, count: 1, body };
    return (cut(packet, 'r') ?? [packet]).flatMap((one) => [
      one.kind,
      isPiece(one.kind) ? one.name : `${one.name}\n${JSON.stringify(named)}`,
      one.address,
      one.count,
      one.body,
    ]);
  }

  #idOf(name: string): string | undefined {
    for (const machine of this.#machines.values()) if (machine.name === name) return machine.id;
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of a retained value, of the first part of one, or of the end of one. */
function topicOf(kind: string, name: string): string | undefined {
  const whole = wholeOf(kind, name);
  if (whole.kind === DELETE) return whole.name;
  return isValue(whole.kind) ? retainRequestOf(whole.kind, whole.name)?.topic : undefined;
}

/** Joins the router of this process with those of other machines. */
export function openGateway(router: ElsewhereHost, uplink: Uplink): Gateway {
  const side = router.openElsewhere({
    send: (frame, sent) => uplink.send(gateway.batches.of(frame.p), sent),
  });
  const gateway: RouterGateway = new RouterGateway(side);
  return gateway;
}
