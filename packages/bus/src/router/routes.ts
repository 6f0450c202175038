// From a sender to those who get it: whoever listens, or the one that a call is addressed to.

import { isReserved } from '../topics/topic.js';
import { TopicIndex } from '../topics/topic-index.js';
import { trace } from '../trace.js';
import { idsOf, pack, prefixed } from '../wire/body.js';
import { bytesOf } from '../wire/cost.js';
import {
  type Address,
  BROADCAST,
  CANCEL,
  FAILURE,
  FIRST,
  LOSSY,
  type Packet,
  REQUEST,
} from '../wire/frame.js';
import { cut, isPiece } from '../wire/pieces.js';
import type { FlowControl } from './flow-control.js';
import { forGateway, type GatewayPeer } from './gateway-peer.js';
import type { Members } from './members.js';
import type { Peer } from './peer.js';
import type { Replays } from './replays.js';
import { WaitingPeers } from './waiting-peers.js';

/** A value that must not arrive before an older one of its topic. A retained value brings its version. */
const OVERTAKING: ReadonlySet<string> = new Set([BROADCAST, LOSSY, FIRST]);

export class Routes {
  readonly #members: Members;
  readonly #flow: FlowControl;
  readonly #replays: Replays;
  readonly #interest = new TopicIndex<Peer>();
  readonly #waiting: WaitingPeers;
  #gatewayPeer: GatewayPeer | undefined;

  /** @param keepMs how long what is sent to a peer waits until that listens. */
  constructor(members: Members, flow: FlowControl, replays: Replays, keepMs: number) {
    this.#members = members;
    this.#flow = flow;
    this.#replays = replays;
    this.#waiting = new WaitingPeers(keepMs, (peer) => this.#expire(peer));
  }

  /** From now on it knows what members of this machine listen to. */
  set gatewayPeer(gatewayPeer: GatewayPeer) {
    this.#gatewayPeer = gatewayPeer;
    for (const peer of this.#members.all) {
      for (const pattern of peer.interests) gatewayPeer.listen(pattern);
    }
    for (const _ of this.#waiting.all) {
      gatewayPeer.waiting(true);
      break;
    }
    this.#waiting.onChange = (any) => gatewayPeer.waiting(any);
  }

  set keepMs(keepMs: number) {
    this.#waiting.keepMs = keepMs;
  }

  /** From now on what this peer might want is kept for it. */
  add(peer: Peer): void {
    this.#waiting.add(peer);
  }

  /**
   * This peer has all its first listeners: what was kept and is wanted goes to it.
   *
   * @returns whether that is news
   */
  open(peer: Peer): boolean {
    if (!this.#waiting.delete(peer)) return false;
    peer.open(
      (topic) => this.#hears(peer, topic),
      () => this.#replays.opened(peer),
    );
    return true;
  }

  listen(peer: Peer, pattern: string): void {
    if (!peer.isRemote && !peer.interests.has(pattern)) this.#gatewayPeer?.listen(pattern);
    peer.interests.add(pattern);
    this.#interest.add(pattern, peer);
    if (isReserved(pattern)) peer.release((topic) => topic === pattern);
  }

  unlisten(peer: Peer, pattern: string): void {
    if (!peer.interests.delete(pattern)) return;
    this.#interest.delete(pattern, peer);
    if (!peer.isRemote) this.#gatewayPeer?.unlisten(pattern);
  }

  remove(peer: Peer): void {
    this.#waiting.delete(peer);
    this.#replays.remove(peer);
    for (const pattern of [...peer.interests]) this.unlisten(peer, pattern);
  }

  /** The members of this machine that listen to a topic, the sender included. */
  listenersTo(topic: string, address: Address): readonly Peer[] {
    return this.#interest
      .match(topic)
      .filter((peer) => !peer.isRemote && this.#members.isAddressed(address, peer));
  }

  /** The receivers of a broadcast: the other members that listen, and those that have no listener so far. */
  receiversOf(from: Peer, topic: string, address: Address): Peer[] {
    const receivers: Peer[] = [];
    for (const peer of this.#interest.match(topic)) {
      // A message from another machine goes to no third one.
      if (peer === from || (peer.isRemote && from.isRemote)) continue;
      if (this.#members.isAddressed(address, peer)) receivers.push(peer);
    }
    for (const peer of this.#waiting.all) {
      if (peer !== from && !this.#hears(peer, topic) && this.#members.isAddressed(address, peer)) {
        receivers.push(peer);
      }
    }
    return receivers;
  }

  /** @param topic of a broadcast, `undefined` for a call */
  pass(from: Peer, packet: Packet, topic: string | undefined, receivers: readonly Peer[]): void {
    const passed = stamped(from, packet);
    const bytes = bytesOf(packet);
    for (const peer of receivers) {
      const sent = peer === this.#members.gateway ? forGateway(passed, packet.address) : passed;
      this.#send(from, peer, topic, sent, bytes);
    }
  }

  /** A broadcast that came in pieces, and goes out again, however long it is. */
  passWhole(from: Peer, packet: Packet, topic: string, receivers: readonly Peer[]): void {
    for (const part of cut(packet, 'r') ?? [packet]) this.pass(from, part, topic, receivers);
  }

  /** The same to one that does not wait for its first listener: who gets an answer has asked. */
  answer(from: Peer, packet: Packet, receivers: readonly Peer[]): void {
    const passed = stamped(from, packet);
    const bytes = bytesOf(packet);
    for (const peer of receivers) this.#push(from, peer, passed, bytes);
  }

  /** A request, or what comes back. */
  call(from: Peer, packet: Packet): void {
    const peer = this.#members.get(String(packet.address));
    // To one that is gone: who asks was told so, or is about to be.
    if (peer === undefined) return;
    const { kind, name } = packet;
    const bytes = bytesOf(packet);
    const mayWait = (kind === REQUEST || kind === CANCEL) && !isReserved(name);
    const hasNoBus = mayWait && !peer.isUp && !peer.isWaiting;
    if (kind === REQUEST && (hasNoBus || !peer.accepts(bytes))) {
      refuse(from, peer, packet, hasNoBus ? 'no-bus' : 'full');
      return;
    }
    const passed = stamped(from, packet);
    // Answers do not wait for a first listener: who gets one has asked.
    if (mayWait) this.#send(from, peer, undefined, passed, bytes);
    else this.#push(from, peer, passed, bytes);
  }

  #send(from: Peer, peer: Peer, topic: string | undefined, packet: Packet, bytes: number): void {
    const isControl = topic !== undefined && isReserved(topic) && this.#hears(peer, topic);
    if (!(isControl && !isPiece(packet.kind)) && peer.keep(topic, packet, bytes)) return;
    if (topic !== undefined && OVERTAKING.has(packet.kind)) this.#replays.catchUp(peer, topic);
    this.#push(from, peer, packet, bytes);
  }

  #push(from: Peer, peer: Peer, packet: Packet, bytes: number): void {
    // A lossy message makes room for itself. Once the last piece has left, nothing says that its message was lossy.
    const isLossy = peer.outbox.isLossy(packet);
    if (peer.outbox.push(packet, bytes) && !isLossy) this.#flow.added(from, peer, packet, bytes);
  }

  /** This peer has not listened in time: nothing more is kept for it, and requests to it are refused. */
  #expire(peer: Peer): void {
    peer.expire(
      (topic) => this.#hears(peer, topic),
      ([call]) => {
        const requester = call && this.#members.withStamp(String(call.address));
        if (requester && call.kind === REQUEST) refuse(requester, peer, call, 'no-bus');
      },
    );
    this.#replays.opened(peer);
  }

  #hears(peer: Peer, topic: string): boolean {
    return this.#interest.match(topic).includes(peer);
  }
}

/** The same, and from whom: the router alone writes that. */
function stamped(from: Peer, { kind, name, count, body }: Packet): Packet {
  return { kind, name, address: from.stamp, count, body };
}

/** Tells the requester why nobody will answer its requests. */
function refuse(requester: Peer, asked: Peer, { body }: Packet, why: 'full' | 'no-bus'): void {
  trace('a request of %s to %s is refused: %s', requester.stamp, asked.stamp, why);
  for (const id of idsOf(body)) {
    const failure = prefixed(id, pack({ why }));
    const address = asked.stamp;
    requester.tell({ kind: FAILURE, name: '', address, count: 1, body: failure });
  }
}
