// One server, or the one that Sentinels report as the master.
import type { Redis } from 'ioredis';
import { RedisConnection } from './connection.js';
import type { Topology, TopologyListener } from './topology.js';
import { TurnWrites } from './turn-writes.js';

export class OneServer implements Topology {
  readonly turnWrites = new TurnWrites();
  readonly hasOneSlot = true;
  readonly #connection: RedisConnection;
  readonly #listeners = new Set<TopologyListener>();
  /** The owner never changes. */
  readonly version = 0;

  constructor(client: Redis, label: string) {
    this.#connection = new RedisConnection(client, label, this.turnWrites, {
      connected: () => this.#connected(),
      lost: () => this.#lost(),
    });
  }

  get isReady(): boolean {
    return this.#connection.isReady;
  }

  get lastError(): Error | undefined {
    return this.#connection.lastError;
  }

  slotOf(): number {
    return 0;
  }

  owner(): RedisConnection {
    return this.#connection;
  }

  masters(): readonly RedisConnection[] {
    return [this.#connection];
  }

  changedAt(): number {
    return 0;
  }

  moved(): boolean {
    return false;
  }

  at(): RedisConnection {
    return this.#connection;
  }

  async refresh(): Promise<boolean> {
    return true;
  }

  connect(): void {
    this.#connection.connect();
  }

  listen(listener: TopologyListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#connection.close();
  }

  #connected(): void {
    for (const listener of this.#listeners) {
      listener.changed();
      listener.health(undefined);
    }
  }

  #lost(): void {
    const trouble = this.lastError ?? new Error('Connection is closed.');
    for (const listener of this.#listeners) {
      listener.lost(this.#connection);
      listener.health(trouble);
    }
  }
}
