// The middle of the star: what each packet of a member means. It lives in the primary, or in a process that has
// no cluster. It never opens a body.

import type { Member } from '../bus.js';
import { keyOf } from '../members/member.js';
import { hasHubOf } from '../process/hub-registry.js';
import { MAX_SUBSCRIPTIONS, MAX_TOPIC_LENGTH } from '../topics/topic.js';
import { trace } from '../trace.js';
import type { Transport, TransportReceiver } from '../transport/transport.js';
import {
  ABORT,
  BROADCAST,
  CANCEL,
  CHUNK,
  DELETE,
  FAILURE,
  FIRST,
  HELLO,
  isFrame,
  LAST,
  LEFT,
  LISTEN,
  LOSSY,
  MARK,
  MARKED,
  NEXT,
  OPEN,
  type Packet,
  REPLAY,
  REPLY,
  REQUEST,
  RETAINED,
  RETAINED_FOR,
  RETAINED_SELF,
  readFrame,
  SYNC,
  SYNCED,
  signalPacket,
  UNLISTEN,
} from '../wire/frame.js';
import { VERSION } from '../wire/protocol.js';
import { Announcements } from './announcements.js';
import { FlowControl } from './flow-control.js';
import { GatewayPeer } from './gateway-peer.js';
import { Members } from './members.js';
import { Peer } from './peer.js';
import { Relays } from './relays.js';
import { Replays } from './replays.js';
import { RetainedValues } from './retained-values.js';
import { Retention } from './retention.js';
import { accessTo, type GatewayRouter, type RouterAccess } from './router-access.js';
import { Routes } from './routes.js';

/** So many frames of one worker that make no sense end it. */
const MAX_BAD_FRAMES = 100;

export class Router implements GatewayRouter {
  readonly #members = new Members();
  readonly #announcements = new Announcements(this.#members);
  readonly #flow = new FlowControl(this.#members, this.#announcements);
  readonly #routes: Routes;
  readonly #retained = new RetainedValues();
  readonly #replays = new Replays(this.#members, this.#retained);
  readonly #retention: Retention;
  readonly #relays: Relays;
  #limit: number;
  #badFrames = 0;
  #dropped = 0;
  #lost = 0;

  /**
   * @param limit of the outbox to each member, and of what is kept for it, in bytes
   * @param keepMs how long what is sent to a member is kept until it listens
   */
  constructor(limit: number, keepMs: number) {
    this.#limit = limit;
    this.#routes = new Routes(this.#members, this.#flow, this.#replays, keepMs);
    this.#retention = new Retention(this.#routes, this.#retained);
    this.#relays = new Relays(this.#members, this.#routes, this.#retention);
  }

  set limit(limit: number) {
    if (limit === this.#limit) return;
    this.#limit = limit;
    for (const peer of this.#members.all) {
      peer.limit = limit;
      if (peer.isUp) this.#announcements.greet(peer);
    }
    if (this.#members.gateway) this.#members.gateway.limit = limit;
  }

  set keepMs(keepMs: number) {
    this.#routes.keepMs = keepMs;
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

  get retained(): { topics: number; bytes: number; dropped: number } {
    const { size: topics, bytes, dropped } = this.#retained;
    return { topics, bytes, dropped };
  }

  /** The name of this machine. */
  get machine(): string {
    return this.#members.machine;
  }

  get peers(): readonly Peer[] {
    return this.#members.all;
  }

  has(member: Member): boolean {
    return this.#members.get(keyOf(member)) !== undefined;
  }

  /** A process is there, though it may not have said hello yet. Packets for it are kept from now on. */
  join(member: Member, transport: Transport): { peer: Peer; receiver: TransportReceiver } {
    const peer = new Peer(member, transport, this.#limit);
    const before = this.#members.get(peer.key);
    if (before) this.#leave(before);
    this.#members.add(peer);
    this.#routes.add(peer);
    trace('%s connects', peer.stamp);
    this.#announcements.tell(peer, 'known');
    return {
      peer,
      receiver: {
        frame: (message) => {
          if (!readFrame(message, (packet) => this.receive(peer, packet))) this.#bad(peer, message);
        },
        dying: () => {
          peer.isDying = true;
        },
        gone: () => this.#leave(peer),
      },
    };
  }

  openGateway(transport: Transport): RouterAccess {
    const gatewayPeer = new GatewayPeer(transport, this.#limit);
    this.#members.gateway = gatewayPeer.peer;
    this.#routes.gatewayPeer = gatewayPeer;
    this.#announcements.gatewayPeer = gatewayPeer;
    this.#retention.gatewayPeer = gatewayPeer;
    const parts = {
      members: this.#members,
      announcements: this.#announcements,
      routes: this.#routes,
      retained: this.#retained,
      retention: this.#retention,
      receive: (peer: Peer, packet: Packet) => this.receive(peer, packet),
      leave: (peer: Peer) => this.#leave(peer),
    };
    return accessTo(parts, gatewayPeer);
  }

  /** @returns `false` for a packet that makes no sense from a member. */
  receive(peer: Peer, packet: Packet): boolean {
    if (!this.#members.has(peer) || peer.isExpelled) return false;
    const { kind, name, address } = packet;
    switch (kind) {
      case BROADCAST:
      case LOSSY:
        this.#routes.pass(peer, packet, name, this.#routes.receiversOf(peer, name, address));
        return true;
      case REQUEST:
      case REPLY:
      case FAILURE:
      case CANCEL:
        this.#routes.call(peer, packet);
        return true;
      case RETAINED:
      case RETAINED_FOR:
      case RETAINED_SELF:
        return this.#retention.retain(peer, packet);
      case DELETE:
        this.#retention.delete(peer, name);
        return true;
      case FIRST:
        return this.#relays.begin(peer, packet);
      case CHUNK:
      case NEXT:
      case LAST:
      case ABORT:
        return this.#relays.continue(peer, packet);
      default:
        return this.#aboutItself(peer, kind, name);
    }
  }

  /** Resolves when all that was sent before has left this process, to every member that reads. */
  async flushed(): Promise<void> {
    await Promise.all(this.peers.map((peer) => peer.flushed()));
  }

  #aboutItself(peer: Peer, kind: string, name: string): boolean {
    switch (kind) {
      case LISTEN:
        if (name === '' || name.length > MAX_TOPIC_LENGTH) return false;
        if (peer.interests.size >= MAX_SUBSCRIPTIONS) return false;
        trace('%s listens to %s', peer.stamp, name);
        this.#routes.listen(peer, name);
        this.#replays.ask(peer, name);
        return true;
      case UNLISTEN:
        this.#routes.unlisten(peer, name);
        return true;
      case REPLAY:
        if (peer.interests.has(name)) this.#replays.ask(peer, name);
        return true;
      case SYNC:
        if (name.length > MAX_TOPIC_LENGTH) return false;
        // One answer is for all that were asked before, so that no more than one waits.
        this.#replays.afterwards(peer, () =>
          peer.tell({ kind: SYNCED, name, address: null, count: 0, body: '' }),
        );
        return true;
      case HELLO:
        if (peer.hello()) this.#welcome(peer);
        return true;
      case OPEN:
        if (this.#routes.open(peer)) this.#announcements.tell(peer, 'open');
        return true;
      case MARK:
        if (!peer.outbox.pushFirst(signalPacket(MARKED)))
          peer.expel('it does not read what the bus says');
        return true;
      default:
        return false;
    }
  }

  #bad(peer: Peer, message: unknown): void {
    this.#badFrames++;
    if (!isFrame(message)) return;
    if (message.v !== VERSION) {
      // A copy of this package that writes other frames is no fault of the worker's.
      if (!peer.isUp && !hasHubOf(message.v)) peer.refuse(message.v);
      return;
    }
    peer.badFrames++;
    if (peer.badFrames >= MAX_BAD_FRAMES)
      peer.expel(`${peer.badFrames} of its frames made no sense to the bus`);
  }

  #welcome(peer: Peer): void {
    trace('%s joins', peer.stamp);
    // Nothing of a predecessor that is dead may come after its successor is announced.
    for (const other of this.#members.inSlotOf(peer)) if (other.isDying) this.#leave(other);
    this.#announcements.welcome(peer);
  }

  #leave(peer: Peer): void {
    if (!this.#members.has(peer)) return;
    this.#relays.abort(peer);
    this.#members.remove(peer);
    this.#routes.remove(peer);
    this.#flow.left(peer);
    this.#dropped += peer.dropped;
    const lost = peer.close();
    this.#lost += lost;
    trace('%s leaves; messages lost with it: %d', peer.stamp, lost);
    this.#announcements.tell(peer, LEFT);
  }
}
