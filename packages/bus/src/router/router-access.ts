// What a gateway to other machines may ask of the router.

import type { Transport } from '../transport/transport.js';
import type { Packet } from '../wire/frame.js';
import type { Outbox } from '../wire/outbox/outbox.js';
import { type Announcements, beforeAll } from './announcements.js';
import type { GatewayPeer } from './gateway-peer.js';
import type { Members } from './members.js';
import type { Peer } from './peer.js';
import type { RetainedValue, RetainedValues } from './retained-values.js';
import type { RestoredValue, Retention } from './retention.js';
import type { Routes } from './routes.js';

/** A router that can be joined with those of other machines. */
export interface GatewayRouter {
  /** Opens the way to members of other machines. Call it once. @param transport receives what is sent to any of them */
  openGateway(transport: Transport): RouterAccess;
}

export interface RouterAccess {
  readonly gatewayPeer: GatewayPeer;
  /** To all other machines. */
  readonly outbox: Outbox;
  /** The members of this machine. */
  readonly locals: readonly Peer[];
  readonly values: Iterable<RetainedValue>;
  /** Whether a value of this topic is retained. */
  retains(topic: string): boolean;
  /** The member of this machine that has this key. */
  local(key: string): Peer | undefined;
  /** Adds a member of another machine. */
  enter(peer: Peer): void;
  /** The bus of this member has started. */
  joined(peer: Peer): void;
  /** This member listens to its first topic. */
  opened(peer: Peer): void;
  leave(peer: Peer): void;
  /** @returns `false` for a packet that makes no sense from a member. */
  receive(peer: Peer, packet: Packet): boolean;
  /** Sends a packet to a member of this machine, before all that waits. */
  tellFirst(peer: Peer, packet: Packet): void;
  /** @param stamp of any member of the machine */
  gap(stamp: string, sinceMs: number): void;
  restore(value: RestoredValue): void;
  /** Another machine has deleted the value of this topic. */
  forget(topic: string): void;
  /** Other machines begin to listen to this topic or pattern, or stop. */
  interest(pattern: string, isOn: boolean): void;
  /** The name of this machine. */
  readonly machine: string;
  /** Gives this machine another name, and sends it to its members. */
  rename(machine: string): void;
}

/** The parts of a router that a gateway works on. */
export interface RouterParts {
  readonly members: Members;
  readonly announcements: Announcements;
  readonly routes: Routes;
  readonly retained: RetainedValues;
  readonly retention: Retention;
  readonly receive: (peer: Peer, packet: Packet) => boolean;
  readonly leave: (peer: Peer) => void;
}

export function accessTo(
  { members, announcements, routes, retained, retention, receive, leave }: RouterParts,
  gatewayPeer: GatewayPeer,
): RouterAccess {
  return {
    gatewayPeer,
    outbox: gatewayPeer.outbox,
    get locals() {
      return members.all;
    },
    get values() {
      return retained.values();
    },
    get machine() {
      return members.machine;
    },
    retains: (topic) => retained.get(topic) !== undefined,
    local: (key) => {
      const found = members.get(key);
      return found?.isRemote ? undefined : found;
    },
    enter: (peer) => {
      members.add(peer);
      announcements.tell(peer, 'known');
    },
    joined: (peer) => {
      peer.hello();
      announcements.tell(peer, 'joined');
    },
    opened: (peer) => announcements.tell(peer, 'open'),
    leave,
    receive,
    tellFirst: beforeAll,
    gap: (stamp, sinceMs) => announcements.gap(stamp, sinceMs),
    restore: (value) => retention.restore(value),
    forget: (topic) => retention.forget(topic),
    interest: (pattern, isOn) => {
      if (isOn) routes.listen(gatewayPeer.peer, pattern);
      else routes.unlisten(gatewayPeer.peer, pattern);
    },
    rename: (machine) => {
      if (machine === members.machine) return;
      members.machine = machine;
      for (const peer of members.all) if (peer.isUp) announcements.greet(peer);
    },
  };
}
