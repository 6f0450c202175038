/// <reference lib="esnext.disposable" preserve="true" />

/**
 * The contract of machines: several clusters, each on its machine, are one group, and their buses are as one.
 *
 * What may be relied on:
 *
 * - Messages of one sender reach one receiver in the order in which they were sent, broadcasts, requests and replies alike;
 *   at most once, also where a write to Redis has an unknown outcome and is tried again.
 * - A break of the connection to Redis, and a failover or a restart that keeps its data, lose nothing that was sent within
 *   `historyMs` and `historyBytes`. What is lost is a gap, and `bus.onGap` tells of it.
 * - A machine that is gone, or out of sight, is noticed within 3 s: whoever waits for an answer of it gets
 *   `MUSTER_WORKER_GONE`. One that comes back has a new epoch: nothing comes of the old one.
 * - Messages on one machine go on whatever becomes of Redis. Those for other machines wait, within the bounds and by the
 *   policy of the bus.
 */

export interface MachinesOptions {
  /** The Redis that joins the machines: a URL as for `createSharedStore()`. Default: that of the store. */
  url?: string | undefined;
  /** Which machines belong together. Default: `'default'`. */
  group?: string | undefined;
  /** What this machine is called. Made unique in its group. Default: the host name. */
  name?: string | undefined;
  /** How long the log keeps what was sent, in milliseconds. Default: 60,000. */
  historyMs?: number | undefined;
  /** How much the log keeps, about, in bytes. Default: 64 MiB. */
  historyBytes?: number | undefined;
  /** Known to all machines of the group, and to nobody else: whoever does not know it cannot speak on the bus. */
  secret?: string | undefined;
}

/** Another machine, as this one knows it. */
export interface MachineStatus {
  readonly name: string;
  /** Grows each time the group has declared this machine gone. */
  readonly epoch: number;
  /** How many processes of it have joined the bus, the primary included. */
  readonly members: number;
  /** By how much its last entry is older than the newest one, by the clock of the log, in milliseconds. */
  readonly silenceMs: number;
}

/** The connection of this machine to the log that all machines share. */
export interface LinkStatus {
  readonly up: boolean;
  /** Why the link is down. */
  readonly lastError?: string;
  /**
   * How long what this machine writes takes until it reads it back, in milliseconds: the last entry that came back, or the oldest
   * that has not, if that takes longer. `undefined` before the first entry has come back.
   */
  readonly lagMs: number | undefined;
  /** How much this machine has written and not read back, in bytes. */
  readonly lagBytes: number;
  /** How much waits in the outbox to other machines, in bytes. */
  readonly waitingBytes: number;
  /** How many messages wait there. */
  readonly waitingMessages: number;
  /** How many messages to other machines were dropped for want of room. */
  readonly dropped: number;
  /** How many entries were refused, because no machine of this group and version wrote them. */
  readonly badEntries: number;
}

export interface MachinesStatus {
  /** The name of this machine. */
  readonly name: string;
  readonly group: string;
  /** Grows each time the group has declared this machine gone, or its name has changed. */
  readonly epoch: number;
  readonly link: LinkStatus;
  /** The other machines that are in the group now. */
  readonly machines: readonly MachineStatus[];
  /** How many times messages of another machine may have been missed. */
  readonly gaps: number;
}

/** This machine's place in its group. */
export interface JoinedMachines extends AsyncDisposable {
  status(): MachinesStatus;
  /** Says goodbye to the others, and lets go of Redis. */
  close(): Promise<void>;
}
