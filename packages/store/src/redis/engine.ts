// The Redis engine.
import { timeOfDay } from '@muster/codec/timers';
import type { Condition, Engine, Procedure, ScanPage, WriteProgress } from '../engine.js';
import { RESERVED, SORTED_SETS } from '../entries/keyspace.js';
import type { Lifetime } from '../entries/lifetime.js';
import { InvalidOptionError, type StoreError } from '../errors.js';
import type { NearCounters, NearLimits, NearReads } from '../near/contract.js';
import type { NearCaches } from '../near/near-caches.js';
import { count, flag, list, optional, text } from '../procedures/reply.js';
import { existsMany } from '../values/procedures/exists-many.js';
import { setEntry } from '../values/procedures/set-entry.js';
import { setMany } from '../values/procedures/set-many.js';
import { Batches } from './calls/batches.js';
import { notConnected } from './calls/failure.js';
import { type AnyProcedure, sendGets, sendRuns } from './calls/jobs.js';
import { bySlot, pick, together } from './calls/parts.js';
import type { PendingCalls } from './calls/pending-calls.js';
import { mget, nameOf, ping, scriptRequest, unlink } from './calls/requests.js';
import type { DataMark } from './data-mark.js';
import { RedisNear } from './near.js';
import { escapeGlob, Scans } from './scan.js';
import { scriptsOf } from './scripts/scripts.js';
import type { Topology } from './topology/topology.js';
import type { Watching } from './watch/watching.js';

/** The number of keys that Redis examines for one page of a scan. */
const SCAN_COUNT = 500;
/** The same if their texts are fetched too, and are in memory at once. */
const SCAN_COUNT_WITH_TEXTS = 100;

type TextEntry = readonly [key: string, text: string, lifetime: Lifetime];

/** The parts of a store's engine. Stores may share all but the calls. */
export interface EngineParts {
  readonly topology: Topology;
  readonly watching: Watching;
  readonly calls: PendingCalls;
  /** The near caches of this process for this address. */
  readonly near: NearCaches;
  readonly keyPrefix: string;
  /** Without a prefix, the keys belong to others. */
  readonly mark: DataMark | undefined;
  readonly deadlineMs: number;
  /** To be called when calls may still be under way, but no more come. */
  closing(): void;
  /** Closes the connections, unless another store uses them. */
  release(): void;
}

export class RedisEngine implements Engine {
  readonly kind = 'redis';
  readonly #parts: EngineParts;
  readonly #topology: Topology;
  readonly #calls: PendingCalls;
  readonly #scans: Scans;
  /** The functions that end this store's watches. */
  readonly #watches = new Set<() => void>();
  readonly #near: RedisNear;
  readonly #batches: Batches<AnyProcedure | 'get'>;

  constructor(parts: EngineParts) {
    const { topology, calls } = parts;
    this.#parts = parts;
    this.#topology = topology;
    this.#calls = calls;
    this.#scans = new Scans(topology, calls);
    this.#near = new RedisNear(this, parts);
    this.#batches = new Batches(
      (kind, slot, jobs) =>
        kind === 'get' ? sendGets(calls, slot, jobs) : sendRuns(calls, kind, slot, jobs),
      (flush) => topology.turnWrites.atEnd(flush),
      topology.hasOneSlot,
    );
  }

  /** The clock of this process, not of the servers. */
  now(): number {
    return timeOfDay();
  }

  async ready(): Promise<void> {
    // When the owner of one slot is known, all are.
    await this.#calls.run(ping(0), pong);
    await Promise.all(
      this.#topology.masters().map((server) => this.#calls.run(ping(server), pong)),
    );
  }

  get(key: string): Promise<string | undefined> {
    const name = this.#nameOf(key);
    return this.#batches.add('get', this.#topology.slotOf(name), name, undefined);
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    this.#batches.flush();
    const names = keys.map((key) => this.#nameOf(key));
    const texts: (string | undefined)[] = [];
    const parts = Array.from(this.#bySlot(names), async ([slot, positions]) => {
      const request = mget(slot, pick(names, positions));
      const found = await this.#calls.run(request, (reply) =>
        list(reply, (one) => optional(one, text), positions.length),
      );
      for (const [index, position] of positions.entries()) texts[position] = found[index];
    });
    await Promise.all(parts);
    return texts;
  }

  set(key: string, text: string, lifetime: Lifetime, condition: Condition): Promise<boolean> {
    const input = { text, lifetime, condition };
    return this.#writing([key], () =>
      this.#run(setEntry as AnyProcedure, this.#nameOf(key), input, text.length),
    );
  }

  setMany(entries: readonly TextEntry[]): Promise<void> {
    const keys = entries.map(([key]) => key);
    return this.#writing(keys, () => this.#setMany(entries));
  }

  async #setMany(entries: readonly TextEntry[]): Promise<void> {
    this.#batches.flush();
    const names = entries.map(([key]) => this.#nameOf(key));
    const texts = entries.map(([, text]) => text);
    const lifetimes = entries.map(([, , lifetime]) => lifetime);
    const parts = Array.from(this.#bySlot(names), ([slot, positions]) => {
      const input = { texts: pick(texts, positions), lifetimes: pick(lifetimes, positions) };
      const args = setMany.args(input);
      return this.#calls.run(
        scriptRequest(setMany, scriptsOf(setMany).one, slot, pick(names, positions), args),
        (reply) => setMany.reply(reply, input),
      );
    });
    await together(nameOf('set', names), parts);
  }

  async hasMany(keys: readonly string[]): Promise<boolean[]> {
    this.#batches.flush();
    const names = keys.map((key) => this.#nameOf(key));
    const found: boolean[] = [];
    const parts = Array.from(this.#bySlot(names), async ([slot, positions]) => {
      const { one } = scriptsOf(existsMany);
      const asked = scriptRequest(existsMany, one, slot, pick(names, positions), []);
      const replies = await this.#calls.run(asked, (reply) => list(reply, flag, positions.length));
      for (const [index, position] of positions.entries()) {
        found[position] = replies[index] ?? false;
      }
    });
    await Promise.all(parts);
    return found;
  }

  delete(keys: readonly string[]): Promise<number> {
    return this.#writing(keys, () => this.#delete(keys));
  }

  async #delete(keys: readonly string[]): Promise<number> {
    this.#batches.flush();
    const names = keys.map((key) => this.#nameOf(key));
    const parts = Array.from(this.#bySlot(names), ([slot, positions]) =>
      this.#calls.run(unlink(slot, pick(names, positions)), (reply) =>
        count(reply, positions.length),
      ),
    );
    const counts = await together(nameOf('delete', names), parts);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async scan(prefix: string, cursor: string | undefined, withTexts: boolean): Promise<ScanPage> {
    this.#batches.flush();
    const pattern = `${escapeGlob(this.#nameOf(prefix))}*`;
    const count = withTexts ? SCAN_COUNT_WITH_TEXTS : SCAN_COUNT;
    const type = prefix.startsWith(SORTED_SETS) ? 'zset' : 'string';
    const page = await this.#scans.page(pattern, type, count, cursor);
    const unique = [...new Set(page.names)].map((name) => this.#keyOf(name));
    const rest = { cursor: page.cursor };
    if (!withTexts) return { keys: unique, texts: [], ...rest };
    const keys: string[] = [];
    const texts: string[] = [];
    for (const [position, text] of (await this.getMany(unique)).entries()) {
      const key = unique[position];
      if (key === undefined || text === undefined) continue;
      keys.push(key);
      texts.push(text);
    }
    return { keys, texts, ...rest };
  }

  run<Input, Output>(
    procedure: Procedure<Input, Output>,
    keys: readonly string[],
    input: Input,
    write?: WriteProgress,
  ): Promise<Output> {
    const run = () => this.#runOn(procedure, keys, input, write);
    return procedure.access === 'read' ? run() : this.#writing(keys, run);
  }

  async #runOn<Input, Output>(
    procedure: Procedure<Input, Output>,
    keys: readonly string[],
    input: Input,
    write: WriteProgress | undefined,
  ): Promise<Output> {
    const [name = '', ...others] = keys.map((key) => this.#nameOf(key));
    if (others.length === 0) {
      const characters = procedure.characters?.(input);
      return this.#run(procedure as AnyProcedure, name, input, characters, write);
    }
    this.#batches.flush();
    const slot = this.#topology.slotOf(name);
    if (others.some((other) => this.#topology.slotOf(other) !== slot)) {
      throw new InvalidOptionError(
        `${procedure.name} needs all of its keys in one slot of the Redis Cluster; give them one {hash tag}: ${keys.join(' ')}`,
      );
    }
    const args = procedure.args(input);
    const { one } = scriptsOf(procedure);
    const names = [name, ...others];
    const request = { ...scriptRequest(procedure, one, slot, names, args), write };
    return this.#calls.run(request, (reply) => procedure.reply(reply, input));
  }

  watchHealth(listener: (trouble: StoreError | undefined) => void): () => void {
    if (this.#topology.isReady) listener(undefined);
    return this.#topology.listen({
      changed() {},
      lost() {},
      retired() {},
      health: (trouble) => listener(trouble && notConnected(trouble)),
    });
  }

  async watch(
    prefix: string,
    listener: (changes: readonly string[] | 'reset') => void,
  ): Promise<() => void> {
    const { watching, deadlineMs } = this.#parts;
    const tell = (changes: readonly string[] | 'reset') =>
      listener(changes === 'reset' ? changes : changes.map((name) => this.#keyOf(name)));
    // Waiters on the store's own keys have timers of their own.
    const isExact = !prefix.startsWith(RESERVED);
    const end = await watching.watch(this.#nameOf(prefix), tell, { deadlineMs, isExact });
    this.#watches.add(end);
    return () => {
      this.#watches.delete(end);
      end();
    };
  }

  near(prefixes: readonly string[], limits: NearLimits): NearReads {
    return this.#near.reads(prefixes, limits);
  }

  nearCounters(): NearCounters {
    return this.#near.counters;
  }

  /** Redis evicts by its own policy. */
  declareEvictable(): void {}

  /** Redis notices the end of a connection by itself. */
  async processGone(): Promise<void> {}

  async close(): Promise<void> {
    this.#parts.closing();
    this.#batches.flush();
    for (const end of this.#watches) end();
    this.#near.close();
    await this.#calls.close();
    this.#parts.release();
  }

  #writing<Output>(keys: readonly string[], write: () => Promise<Output>): Promise<Output> {
    const { near, mark } = this.#parts;
    mark?.used();
    const names = near.isUsed ? keys.map((key) => this.#nameOf(key)) : undefined;
    return names ? near.around(names, write) : write();
  }

  #nameOf(key: string): string {
    return this.#parts.keyPrefix + key;
  }

  #keyOf(name: string): string {
    return name.slice(this.#parts.keyPrefix.length);
  }

  #bySlot(names: readonly string[]): Map<number, number[]> {
    return bySlot(names, (name) => this.#topology.slotOf(name));
  }

  #run<Output>(
    procedure: AnyProcedure,
    name: string,
    input: unknown,
    characters?: number,
    write?: WriteProgress,
  ): Promise<Output> {
    const slot = this.#topology.slotOf(name);
    return this.#batches.add(procedure, slot, name, input, characters, write);
  }
}

function pong(reply: unknown): void {
  if (reply !== 'PONG') throw new Error('The answer is not PONG');
}
