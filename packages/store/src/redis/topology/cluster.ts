// The masters of a Redis Cluster, and the slots that each owns. ioredis's own Cluster sends a command again when its connection
// breaks; here a call is sent to the owner of its slot, and `PendingCalls` decides whether it is sent again.
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clients } from './clients.js';
import { RedisConnection } from './connection.js';
import { hashSlotOf, SLOTS } from './hash-slot.js';
import { type SlotRange, slotsOf, within } from './slot-map.js';
import type { Topology, TopologyListener } from './topology.js';
import { TurnWrites } from './turn-writes.js';
import type { Endpoint } from './url.js';

/** Milliseconds between two attempts while a slot has no connected owner. */
const AGAIN_MS = 200;
/** Milliseconds between two refreshes of the owners. A process that only watches would not notice otherwise that a slot has moved. */
const REFRESH_MS = 1_000;
/** A master is dismissed when this many replies in a row do not list it. A single reply may come from a server that is behind. */
const MISSED = 2;

interface Member {
  readonly connection: RedisConnection;
  /** The number of replies in a row that did not list it. */
  missed: number;
}

type ClusterClients = Extract<Clients, { kind: 'cluster' }>;

export class ClusterTopology implements Topology {
  readonly turnWrites = new TurnWrites();
  readonly hasOneSlot = false;
  readonly #clients: ClusterClients;
  readonly #listeners = new Set<TopologyListener>();
  readonly #members = new Map<string, Member>();
  readonly #owners: (RedisConnection | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #changedAt = new Uint32Array(SLOTS);
  /** The servers to ask besides the connected masters. */
  #known: readonly Endpoint[];
  #version = 0;
  #isReady = false;
  #lastError: Error | undefined;
  #refreshing: Promise<boolean> | undefined;
  #isSeeking = false;
  #interval: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(clients: ClusterClients) {
    this.#clients = clients;
    this.#known = clients.seeds;
  }

  get version(): number {
    return this.#version;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get lastError(): Error | undefined {
    return this.#lastError;
  }

  slotOf(name: string): number {
    return hashSlotOf(name);
  }

  owner(slot: number): RedisConnection | undefined {
    return this.#owners[slot];
  }

  masters(): readonly RedisConnection[] {
    return [...new Set(this.#owners)].filter((owner) => owner !== undefined);
  }

  changedAt(slot: number): number {
    return this.#changedAt[slot] ?? 0;
  }

  moved(slot: number, to: Endpoint): boolean {
    const connection = this.at(to);
    if (this.#owners[slot] !== connection) {
      this.#own(slot, connection, ++this.#version);
      this.#changed();
    }
    void this.refresh();
    return true;
  }

  at(endpoint: Endpoint): RedisConnection {
    const { host, port } = this.#clients.reach(endpoint);
    const label = `${host}:${port}`;
    let member = this.#members.get(label);
    if (!member) {
      const client = this.#clients.create('store', { host, port });
      const connection: RedisConnection = new RedisConnection(client, label, this.turnWrites, {
        connected: () => this.#changed(),
        lost: () => this.#lost(connection),
      });
      member = { connection, missed: 0 };
      this.#members.set(label, member);
    }
    member.connection.connect();
    return member.connection;
  }

  connect(): void {
    this.#interval ??= setInterval(() => void this.refresh(), REFRESH_MS).unref();
    void this.#seek();
  }

  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  listen(listener: TopologyListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#interval);
    for (const { connection } of this.#members.values()) connection.close();
  }

  /** Refreshes until every slot has a connected owner. */
  async #seek(): Promise<void> {
    if (this.#isSeeking) return;
    this.#isSeeking = true;
    while (!this.#isClosed && !this.#isReady) {
      await this.refresh();
      if (!this.#isReady) await delay(AGAIN_MS, undefined, { ref: false });
    }
    this.#isSeeking = false;
  }

  async #refresh(): Promise<boolean> {
    let isTold = false;
    try {
      const ranges = await this.#ask();
      if (!this.#isClosed) this.#apply(ranges);
      isTold = true;
    } catch (error) {
      this.#lastError = error instanceof Error ? error : new Error(String(error));
    }
    if (!this.#isClosed) this.#changed();
    return isTold;
  }

  /** Asks one of the connected masters. If that fails, asks all known servers; the first reply counts. */
  async #ask(): Promise<SlotRange[]> {
    const ready = this.masters().filter((master) => master.isReady);
    const master = ready[Math.floor(Math.random() * ready.length)];
    if (master) {
      try {
        return await slotsOf(master.client, master.host);
      } catch (error) {
        this.#lastError = error as Error;
      }
    }
    const scouts = this.#known.map((endpoint) => this.#scout(endpoint));
    try {
      return await Promise.any(scouts);
    } catch (error) {
      throw (error as AggregateError).errors[0];
    }
  }

  async #scout(endpoint: Endpoint): Promise<SlotRange[]> {
    const client = this.#clients.create('scout', this.#clients.reach(endpoint));
    // connect() rejects with the error.
    client.on('error', () => {});
    try {
      await within(client.connect());
      return await slotsOf(client, endpoint.host);
    } finally {
      client.disconnect();
    }
  }

  #apply(ranges: readonly SlotRange[]): void {
    const named = new Set<RedisConnection>();
    const version = this.#version + 1;
    const owners: (RedisConnection | undefined)[] = new Array(SLOTS).fill(undefined);
    for (const { first, last, master } of ranges) {
      const connection = this.at(master);
      named.add(connection);
      owners.fill(connection, first, last + 1);
    }
    for (const [slot, owner] of owners.entries()) {
      if (owner === this.#owners[slot]) continue;
      this.#version = version;
      this.#own(slot, owner, version);
    }
    const all = ranges.flatMap(({ master, replicas }) => [master, ...replicas]);
    this.#known = [...unique([...all, ...this.#clients.seeds]).values()];
    this.#dismiss(named);
  }

  #own(slot: number, owner: RedisConnection | undefined, version: number): void {
    this.#owners[slot] = owner;
    this.#changedAt[slot] = version;
  }

  #dismiss(named: ReadonlySet<RedisConnection>): void {
    for (const [label, member] of this.#members) {
      const { connection } = member;
      member.missed = named.has(connection) ? 0 : member.missed + 1;
      if (member.missed < MISSED) continue;
      this.#members.delete(label);
      connection.retire();
      for (const listener of this.#listeners) listener.retired(connection);
    }
  }

  #changed(): void {
    this.#isReady = this.#owners.every((owner) => owner?.isReady);
    if (this.#isReady) this.#lastError = undefined;
    else void this.#seek();
    const trouble = this.#trouble();
    for (const listener of this.#listeners) {
      listener.changed();
      if (this.#isReady || trouble) listener.health(trouble);
    }
  }

  #lost(connection: RedisConnection): void {
    if (this.#isClosed) return;
    for (const listener of this.#listeners) listener.lost(connection);
    this.#changed();
  }

  /** Why not all slots can be reached. A master to which the first connection is being made is not counted. */
  #trouble(): Error | undefined {
    if (this.#isReady) return undefined;
    for (const { isReady, lastError, epoch, label } of this.masters()) {
      if (isReady || (!lastError && epoch === 0)) continue;
      return new Error(`${label}: ${lastError?.message ?? 'Connection is closed.'}`);
    }
    if (this.#lastError) return this.#lastError;
    const slot = this.#owners.indexOf(undefined);
    return slot < 0 || this.#version === 0 ? undefined : new Error(`No master serves slot ${slot}`);
  }
}

function unique(endpoints: readonly Endpoint[]): Map<string, Endpoint> {
  return new Map(endpoints.map((endpoint) => [`${endpoint.host}:${endpoint.port}`, endpoint]));
}
