// What the gateway to other machines may ask of the router.

import type { Transport } from '../transport/transport.js';
import type { Packet } from '../wire/frame.js';
import type { Outbox } from '../wire/outbox/outbox.js';
import type { Elsewhere } from './elsewhere.js';
import type { Peer } from './peer.js';
import type { RetainedValue } from './retained-values.js';
import type { RestoredValue } from './retention.js';

/** A router that may be joined with those of other machines. */
export interface ElsewhereHost {
  /** Opens the way to members of other machines. There is one. @param transport takes what is for any of them */
  openElsewhere(transport: Transport): RouterSide;
}

export interface RouterSide {
  readonly elsewhere: Elsewhere;
  /** To all other machines. */
  readonly outbox: Outbox;
  /** The members of this machine. */
  readonly locals: readonly Peer[];
  readonly values: Iterable<RetainedValue>;
  /** Whether there is a value of this topic. */
  retains(topic: string): boolean;
  local(key: string): Peer | undefined;
  /** A member of another machine is there. */
  enter(peer: Peer): void;
  /** Its bus is there. */
  joined(peer: Peer): void;
  /** It listens. */
  opened(peer: Peer): void;
  leave(peer: Peer): void;
  /** @returns `false` for a packet that makes no sense from a member. */
  receive(peer: Peer, packet: Packet): boolean;
  /** Tells a member of this machine something before all else. */
  tellFirst(peer: Peer, packet: Packet): void;
  /** @param stamp of any member of the machine */
  gap(stamp: string, sinceMs: number): void;
  restore(value: RestoredValue): void;
  /** Other machines listen to this now, or do no longer. */
  interest(pattern: string, isOn: boolean): void;
  /** What this machine is called. */
  readonly machine: string;
  /** It is called so from now on: its members are told. */
  rename(machine: string): void;
}
