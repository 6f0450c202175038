// Where calls go: to the one server there is, or to the master of a key's slot.
import type { RedisConnection } from './connection.js';
import type { TurnWrites } from './turn-writes.js';
import type { Endpoint } from './url.js';

/** What those who use the servers are told. */
export interface TopologyListener {
  /** What waits for a server may find it now. */
  changed(): void;
  /** What was sent on it and not answered never will be. */
  lost(connection: RedisConnection): void;
  /** It is no master any more: what waits for its answer, and may be sent again, should not wait for it. */
  retired(connection: RedisConnection): void;
  /** Every key can be reached (`undefined`), or why not. */
  health(trouble: Error | undefined): void;
}

export interface Topology {
  readonly turnWrites: TurnWrites;
  /** 0 for all keys where there is one server only. */
  slotOf(name: string): number;
  /** Whether keys of different slots may be in one command. */
  readonly hasOneSlot: boolean;
  /** `undefined` as long as it is not known. */
  owner(slot: number): RedisConnection | undefined;
  /** Those that are known. */
  masters(): readonly RedisConnection[];
  /** Grows with each change of the owner of a slot. */
  readonly version: number;
  /** Of the last change of this slot's owner. */
  changedAt(slot: number): number;
  /** A server said that this slot is served there. @returns whether that can be of use. */
  moved(slot: number, to: Endpoint): boolean;
  /** The server there, which is about to take a slot over. */
  at(endpoint: Endpoint): RedisConnection;
  /** Asks for the owners anew. @returns whether they were told. */
  refresh(): Promise<boolean>;
  connect(): void;
  /** Whether every key can be reached, as far as it is known: not known before the first attempt. */
  readonly isReady: boolean;
  readonly lastError: Error | undefined;
  /** @returns its unsubscribe. */
  listen(listener: TopologyListener): () => void;
  close(): void;
}
