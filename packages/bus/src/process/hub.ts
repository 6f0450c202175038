// The part of a bus that all buses of a process share.

import type { Worker } from 'node:cluster';
import type { BusStats, Member, MemberStats } from '../bus.js';
import type { Client } from '../client/client.js';
import type { GatewayRouter } from '../router/router-access.js';
import type { OpenTransport } from '../transport/transport.js';

export interface Hub {
  readonly client: Client;
  /** In the primary, and in a process without a cluster. Elsewhere absent. */
  readonly router?: GatewayRouter;
  /** In the primary: says which member a worker is. Elsewhere absent. */
  readonly assign?: (worker: Worker, member: Member) => void;
  /** Where the router is in this process: adds a member over a transport of the app's. @throws InvalidMemberError */
  readonly connect?: (member: Member, open: OpenTransport) => void;
  /** A bus asks for this limit of the outboxes, in bytes. The largest that was asked for counts. */
  raiseLimit(bytes: number): void;
  /** A bus asks for this time until a first listener. The longest that was asked for counts. */
  extendKeep(ms: number): void;
  outboxes(): OutboxStats;
}

/** The messages that wait in this process, and counts of those that were dropped or lost. */
export interface OutboxStats {
  readonly bytes: number;
  readonly messages: number;
  readonly dropped: number;
  readonly lost: number;
  readonly badFrames: number;
  readonly retained: BusStats['retained'];
  readonly members: readonly MemberStats[];
}
