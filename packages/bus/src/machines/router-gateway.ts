// The gateway of a router: its members and retained values for other machines, and the members of these as peers of the router.

import type { Buffer } from 'node:buffer';
import { timeOfDay } from '@muster/codec/timers';
import { splitTarget } from '../router/gateway-peer.js';
import type { GatewayRouter, RouterAccess } from '../router/router-access.js';
import { DELETE, FIRST, type Packet, WIDTH } from '../wire/frame.js';
import { isPiece } from '../wire/pieces.js';
import { ALL, Batches } from './batches.js';
import type { Batch, Gateway, Host, Uplink } from './gateway.js';
import { Inbound } from './inbound.js';
import { ALL_VALUES, introductionOf, OWN_VALUES } from './introduction.js';
import { isBroadcast, retainedTopicOf, wholeOf } from './packet-kinds.js';
import { RemoteInterest } from './remote-interest.js';
import { hostOfMachine, RemoteMachine } from './remote-machine.js';
import { RetainedSync } from './retained-sync.js';

/** How many packets of an introduction make one batch. */
const BATCH_PACKETS = 200 * WIDTH;

class RouterGateway implements Gateway {
  readonly batches = new Batches((name) => this.#idOf(name));
  readonly #router: RouterAccess;
  readonly #machines = new Map<string, RemoteMachine>();
  readonly #interest: RemoteInterest;
  readonly #sync: RetainedSync;
  readonly #inbound: Inbound;

  constructor(router: RouterAccess) {
    this.#router = router;
    this.#interest = new RemoteInterest((pattern, isOn) => router.interest(pattern, isOn));
    this.#sync = new RetainedSync(router);
    this.#inbound = new Inbound(router, this.#interest, this.#sync);
  }

  get bytes(): number {
    return this.#router.outbox.bytes;
  }

  get messages(): number {
    return this.#router.outbox.messages;
  }

  get dropped(): number {
    return this.#router.outbox.dropped;
  }

  get isAlone(): boolean {
    return this.#router.gatewayPeer.isAlone;
  }

  get isStale(): boolean {
    return this.#router.gatewayPeer.isStale;
  }

  get hasPartialMessages(): boolean {
    return this.#router.locals.some((peer) =>
      [...peer.relays.values()].some((relay) => relay.receivers.some((to) => to.isRemote)),
    );
  }

  membersOf(id: string): number {
    return this.#machines.get(id)?.peers.size ?? 0;
  }

  identify(self: Host): void {
    this.#inbound.host = hostOfMachine(self);
    this.#router.rename(self.name);
  }

  joined(host: Host): void {
    const before = this.#machines.get(host.id);
    this.#router.gatewayPeer.isAlone = false;
    this.#interest.add();
    if (before !== undefined) this.#remove(before);
    this.#machines.set(host.id, new RemoteMachine(host, this.#router.outbox));
  }

  left(id: string): void {
    const machine = this.#machines.get(id);
    if (machine === undefined || !machine.isPresent) return;
    machine.isPresent = false;
    for (const { peer } of machine.peers.values()) {
      if (peer.relays.size > 0) machine.hadPartialMessages = true;
      this.#router.leave(peer);
    }
  }

  back(id: string): void {
    const machine = this.#machines.get(id);
    if (machine === undefined || machine.isPresent) return;
    machine.rejoin();
    for (const { peer, isUp, isOpen } of machine.peers.values()) {
      this.#router.enter(peer);
      if (isUp) this.#router.joined(peer);
      if (isOpen) this.#router.opened(peer);
    }
    if (machine.hadPartialMessages) this.gap(id, timeOfDay());
    machine.hadPartialMessages = false;
  }

  forgotten(id: string): void {
    const machine = this.#machines.get(id);
    if (machine === undefined) return;
    this.#remove(machine);
    this.#machines.delete(id);
    this.#router.gatewayPeer.isAlone = this.#machines.size === 0;
  }

  gap(id: string, sinceMs: number): void {
    const machine = this.#machines.get(id);
    if (machine !== undefined) this.#router.gap(`${machine.host}/primary:1:primary`, sinceMs);
  }

  receive(id: string, bytes: Buffer): void {
    const machine = this.#machines.get(id);
    if (machine === undefined || !machine.isPresent) return;
    const parts: unknown[] = [];
    machine.parse(bytes, parts);
    for (let i = 0; i < parts.length; i += WIDTH) {
      const [kind, name, address, count, body] = parts.slice(i, i + WIDTH);
      this.#inbound.take(machine, { kind, name, address, count, body } as Packet);
    }
  }

  introduction(to: string, values: boolean): Batch[] {
    const { gatewayPeer } = this.#router;
    gatewayPeer.isIntroduced = true;
    if (to === ALL) gatewayPeer.isStale = false;
    const which = to === ALL ? OWN_VALUES : ALL_VALUES;
    const packets = introductionOf(this.#router, values ? which : undefined);
    const batches: Batch[] = [];
    for (let at = 0; at < packets.length; at += BATCH_PACKETS) {
      batches.push(this.batches.to(to, packets.slice(at, at + BATCH_PACKETS)));
    }
    return batches;
  }

  requested(id: string): void {
    this.#sync.requested(id);
  }

  committed({ packets }: Batch, isLast: boolean): void {
    for (let i = 0; i < packets.length; i += WIDTH) {
      const [kind, name] = packets.slice(i, i + 2) as [string, string];
      const [own, to] = splitTarget(name);
      const topic = retainedTopicOf(kind, own);
      if (topic === undefined) continue;
      this.#sync.changed(topic, kind === DELETE);
      const [id] = JSON.parse(to) as [number];
      this.#router.gatewayPeer.committed(topic, id);
    }
    if (isLast && this.#router.outbox.bytes === 0) this.#router.gatewayPeer.allCommitted();
  }

  resend({ packets }: Batch): { batch: Batch | undefined; lost: boolean } {
    const kept: unknown[] = [];
    let lost = false;
    for (let i = 0; i < packets.length; i += WIDTH) {
      const [kind, name] = packets.slice(i, i + 2) as [string, string];
      const whole = wholeOf(kind, splitTarget(name)[0]);
      if (kind === FIRST || isPiece(kind)) lost ||= isPiece(kind) || isBroadcast(whole.kind);
      else if (isBroadcast(kind) || kind === DELETE) kept.push(...packets.slice(i, i + WIDTH));
    }
    return { batch: kept.length > 0 ? this.batches.of(kept) : undefined, lost };
  }

  #remove(machine: RemoteMachine): void {
    this.left(machine.id);
    this.#interest.remove(machine);
  }

  #idOf(name: string): string | undefined {
    for (const machine of this.#machines.values()) if (machine.name === name) return machine.id;
    return undefined;
  }
}

/** Joins the router of this process with those of other machines. */
export function openGateway(router: GatewayRouter, uplink: Uplink): Gateway {
  const access = router.openGateway({
    send: (frame, sent) => uplink.send(gateway.batches.of(frame.p), sent),
  });
  const gateway: RouterGateway = new RouterGateway(access);
  return gateway;
}
