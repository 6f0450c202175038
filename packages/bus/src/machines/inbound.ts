// Packets of another machine become what its members say to the router of this one. Packets that no machine writes are left
// out, and the rest is taken.

import { mapParts } from '../members/member.js';
import { splitTarget } from '../router/gateway-peer.js';
import type { Peer } from '../router/peer.js';
import type { RouterAccess } from '../router/router-access.js';
import { isReserved } from '../topics/topic.js';
import {
  type Address,
  BUSY,
  CALM,
  DELETE,
  frameOf,
  GO,
  LEFT,
  LISTEN,
  MEMBER,
  type Packet,
  readFrame,
  STOP,
  UNLISTEN,
  WELCOME,
} from '../wire/frame.js';
import { isPiece } from '../wire/pieces.js';
import { ALL_VALUES, END_OF_VALUES, KNOWN, OWN_VALUES } from './introduction.js';
import { isBroadcast, isValue, parseTarget, retainedTopicOf, wholeOf } from './packet-kinds.js';
import type { RemoteInterest } from './remote-interest.js';
import type { RemoteMachine } from './remote-machine.js';
import type { RetainedSync } from './retained-sync.js';

export class Inbound {
  readonly #router: RouterAccess;
  readonly #interest: RemoteInterest;
  readonly #sync: RetainedSync;
  /** The host of this machine, as others address it. */
  host = '';

  constructor(router: RouterAccess, interest: RemoteInterest, sync: RetainedSync) {
    this.#router = router;
    this.#interest = interest;
    this.#sync = sync;
  }

  take(machine: RemoteMachine, packet: Packet): void {
    const { kind, name, address } = packet;
    const [own, to] = isPiece(kind) ? [name, ''] : splitTarget(name);
    switch (kind) {
      case MEMBER:
        this.#member(machine, own, String(address));
        return;
      case LISTEN:
        this.#interest.listen(machine, own);
        return;
      case UNLISTEN:
        this.#interest.unlisten(machine, own);
        return;
      case WELCOME:
        this.#introduction(machine, own);
        return;
      case STOP:
      case GO:
      case BUSY:
      case CALM:
        this.#flow(machine, packet, to);
        return;
      default:
        if (machine.reader === undefined) this.#message(machine, { ...packet, name: own }, to);
        else this.#sync.take(machine, { ...packet, name: own }, to);
    }
  }

  #message(machine: RemoteMachine, { kind, name, address, count, body }: Packet, to: string): void {
    const sender = machine.peers.get(String(address))?.peer;
    const whole = wholeOf(kind, name);
    if (sender === undefined || isReserved(whole.name)) return;
    const receiver = isPiece(kind) ? null : this.#receiverOf(whole.kind, to);
    if (receiver === undefined) return;
    const topic = retainedTopicOf(kind, name);
    if (topic !== undefined) this.#sync.changed(topic, kind === DELETE);
    readFrame(frameOf([kind, name, receiver, count, body]), (read) =>
      this.#router.receive(sender, read),
    );
  }

  /** A member of another machine is full, or busy, or no longer. */
  #flow(machine: RemoteMachine, packet: Packet, to: string): void {
    const about = machine.peers.get(String(packet.address))?.peer;
    const local = this.#localOf(to);
    if (about && local)
      this.#router.tellFirst(local, { ...packet, name: '', address: about.stamp });
  }

  /** @returns `undefined` where no member of this machine is meant. */
  #receiverOf(kind: string, to: string): Address | undefined {
    const parsed = parseTarget(to);
    if (parsed === undefined) return undefined;
    if (isValue(kind) || kind === DELETE)
      return Array.isArray(parsed) ? withoutSlots(parsed[1] as Address) : undefined;
    if (isBroadcast(kind)) return withoutSlots(parsed as Address);
    return this.#localOf(to)?.key;
  }

  #localOf(to: string): Peer | undefined {
    const key = parseTarget(to);
    const prefix = `${this.host}/`;
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

  #introduction(machine: RemoteMachine, part: string): void {
    if (part === KNOWN) this.#interest.introduced(machine);
    if (part === ALL_VALUES || part === OWN_VALUES) this.#sync.begin(machine, part === OWN_VALUES);
    if (part === END_OF_VALUES) this.#sync.end(machine);
  }
}

/** An address that another machine wrote: its slots are no slots of this one. */
function withoutSlots(address: Address): Address | undefined {
  return mapParts(address, (part) => (typeof part === 'number' ? undefined : part));
}
