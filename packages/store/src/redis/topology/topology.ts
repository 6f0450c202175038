// The servers: one, or the masters of the slots of a Cluster.
import type { RedisConnection } from './connection.js';
import type { TurnWrites } from './turn-writes.js';
import type { Endpoint } from './url.js';

/** Called when the servers change. */
export interface TopologyListener {
  /** Waiting calls may find their server now. */
  changed(): void;
  /** Calls that were sent on it and not answered never will be. */
  lost(connection: RedisConnection): void;
  /** It is no longer a master: reads should be sent elsewhere instead of waiting for its reply. */
  retired(connection: RedisConnection): void;
  /** `undefined` if every key can be reached, else the reason why not. */
  health(trouble: Error | undefined): void;
}

export interface Topology {
  readonly turnWrites: TurnWrites;
  /** 0 for all keys if there is only one server. */
  slotOf(name: string): number;
  /** Whether keys of different slots may be in one command. */
  readonly hasOneSlot: boolean;
  /** The master of a slot; `undefined` as long as it is unknown. */
  owner(slot: number): RedisConnection | undefined;
  /** The masters that are known. */
  masters(): readonly RedisConnection[];
  /** Grows with each change of the owner of a slot. */
  readonly version: number;
  /** The version of the last change of this slot's owner. */
  changedAt(slot: number): number;
  /** A server has replied that another one owns this slot. @returns whether that helps. */
  moved(slot: number, to: Endpoint): boolean;
  /** The server at this address, which is taking over a slot. */
  at(endpoint: Endpoint): RedisConnection;
  /** Asks a server for the owners of slots. @returns whether one replied. */
  refresh(): Promise<boolean>;
  connect(): void;
  /** Whether every key can be reached; false before the first attempt to connect. */
  readonly isReady: boolean;
  readonly lastError: Error | undefined;
  /** @returns a function that removes the listener. */
  listen(listener: TopologyListener): () => void;
  close(): void;
}
