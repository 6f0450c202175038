// A cache that all processes share.

import { checkFunction, checkSignal } from '../api/arguments.js';
import { publishCalls } from '../api/public-calls.js';
import { checkOptions, OPTIONS } from '../api/strict-options.js';
import type { Engine } from '../engine.js';
import { Keyspace } from '../entries/keyspace.js';
import { nearLimits } from '../near/limits.js';
import { NearReader } from '../near/near-reader.js';
import type { StoreContext } from '../store-context.js';
import type {
  Cache,
  CacheGetOptions,
  CacheOptions,
  CacheSetOptions,
  LoadContext,
} from './contract.js';
import { type CacheEntry, valueFrom } from './entry.js';
import { EntryLookup } from './entry-lookup.js';
import { checkTtl, type Freshness, freshnessOf } from './freshness.js';
import { Loader, type LoadTarget } from './loader.js';
import { isOutage, unlessOutage } from './outage.js';
import type { Load } from './run-load.js';
import { type LoadedText, SingleFlight } from './single-flight.js';
import { hasAll, isCurrent, Tags } from './tags.js';

const CALLS = {
  get: { takes: 3 },
  peek: { takes: 1 },
  set: { takes: 3 },
  delete: { takes: 1, hint: 'for many, there are tags and invalidateTag()' },
  invalidateTag: { takes: 1, hint: 'call it for each tag' },
  clear: { takes: 0, hint: 'it drops every value; invalidateTag() drops some' },
} as const;

const NO_OPTIONS: CacheGetOptions = {};

interface LookupResult {
  readonly engine: Engine | undefined;
  readonly stored: CacheEntry | undefined;
}

/** The result if the store cannot be used. */
const UNAVAILABLE: LookupResult = { engine: undefined, stored: undefined };

export class SharedCache<T> implements Cache<T> {
  static {
    publishCalls(SharedCache.prototype, 'cache.', CALLS, (cache) => cache.#context.kind);
  }

  readonly #context: StoreContext;
  readonly #entries: Keyspace;
  readonly #loads: Keyspace;
  readonly #tags: Tags;
  readonly #lookup: EntryLookup;
  readonly #freshness: Freshness;
  readonly #loader: Loader;
  readonly #near: NearReader;
  /** By full key of the entry. */
  readonly #flights = new Map<string, SingleFlight>();
  readonly #reloads = new Set<string>();
  /** How many calls ask for the entry now, by its full key. */
  readonly #asking = new Map<string, number>();
  /** A call of the store has failed. While the store is degraded, no other call waits for it. */
  #isAway = false;

  /** @throws InvalidOptionError */
  constructor(context: StoreContext, name: string, options: CacheOptions | undefined) {
    this.#context = context;
    this.#entries = Keyspace.own('cache', ['a cache', name]);
    this.#loads = Keyspace.own('load', ['a cache', name]);
    this.#tags = new Tags(Keyspace.own('tag', ['a cache', name]));
    this.#lookup = new EntryLookup(this.#tags);
    this.#freshness = freshnessOf(options);
    this.#loader = new Loader(context, this.#tags);
    const prefixes = [this.#entries.prefix, this.#tags.prefix];
    this.#near = new NearReader(prefixes, nearLimits(options?.near));
  }

  get(
    key: string,
    load: (context: LoadContext) => T | Promise<T>,
    options?: CacheGetOptions,
  ): Promise<T>;
  async get<Empty extends null | undefined>(
    key: string,
    load: (context: LoadContext) => T | Empty | Promise<T | Empty>,
    options?: CacheGetOptions,
  ): Promise<T | Empty> {
    checkOptions('cache.get()', options, OPTIONS.cacheGet);
    const signal = options?.signal;
    const target = this.#target(key, options);
    const { entryKey } = target;
    checkFunction('A cache loads by', load);
    checkSignal(signal);
    signal?.throwIfAborted();
    // Counted from here on, before the lookup: a load is not abandoned while a call may want its value.
    this.#asking.set(entryKey, (this.#asking.get(entryKey) ?? 0) + 1);
    try {
      const { engine, stored } = await this.#lookUp(target);
      const text =
        engine && stored && engine.now() < stored.freshUntil
          ? stored.text
          : await this.#text(engine, target, load, stored, signal);
      return valueFrom(this.#context.codec, key, text) as T | Empty;
    } finally {
      this.#asked(entryKey);
    }
  }

  async peek(key: string): Promise<T | undefined> {
    const { engine, stored } = await this.#lookUp(this.#target(key));
    if (!engine || !stored) return undefined;
    const isGood = engine.now() < Math.max(stored.freshUntil, stored.staleUntil);
    return isGood ? (valueFrom(this.#context.codec, key, stored.text) as T) : undefined;
  }

  async set(key: string, value: T, options?: CacheSetOptions): Promise<void> {
    checkOptions('cache.set()', options, OPTIONS.cacheSet);
    const target = this.#target(key, options);
    const text = this.#context.codec.encode(key, value);
    await this.#context.withEngine((engine) => {
      this.#flights.delete(target.entryKey);
      return this.#loader.put(engine, target, text, value !== null);
    });
  }

  async delete(key: string): Promise<boolean> {
    const { entryKey, leaseKey } = this.#target(key);
    const [, deleted] = await this.#context.withEngine((engine) => {
      this.#flights.delete(entryKey);
      // The lease of the load first: without it, the load cannot write the entry again.
      return Promise.all([engine.delete([leaseKey]), engine.delete([entryKey])]);
    });
    return deleted === 1;
  }

  async invalidateTag(tag: string): Promise<void> {
    this.#tags.full(tag);
    await this.#context.withEngine((engine) => this.#tags.invalidate(engine, tag));
  }

  async clear(): Promise<void> {
    this.#flights.clear();
    await this.#context.clear(this.#loads.prefix);
    await this.#context.clear(this.#entries.prefix);
  }

  /** The stored entry, and the engine if it can be used. */
  async #lookUp({ entryKey, tags }: LoadTarget): Promise<LookupResult> {
    const open = this.#context.engine();
    if (this.#isAway && open) {
      this.#isAway = this.#context.isDegraded();
      if (this.#isAway) return UNAVAILABLE;
    }
    try {
      const engine = open ?? (await this.#context.withEngine((engine) => engine));
      const reads = this.#near.of(engine);
      // Most entries have no tags. Then a text that comes without a promise needs no await.
      const stored =
        tags.length === 0
          ? await this.#lookup.checked(reads, await reads.get(entryKey))
          : await this.#lookup.lookUp(reads, entryKey, tags);
      return { engine, stored };
    } catch (error) {
      if (!isOutage(error)) throw error;
      this.#isAway = true;
      return UNAVAILABLE;
    }
  }

  /**
   * @param engine `undefined` if the store cannot be used.
   * @param stored the entry, if there is one; it is not fresh.
   */
  async #text(
    engine: Engine | undefined,
    target: LoadTarget,
    load: Load,
    stored: CacheEntry | undefined,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    signal?.throwIfAborted();
    if (engine && stored && engine.now() < stored.staleUntil) {
      this.#reload(engine, target, load, stored.staleUntil);
      return stored.text;
    }
    try {
      const flight = await this.#flight(engine, target, load);
      return (await flight.join(signal)).text;
    } catch (error) {
      if (!engine || !stored || signal?.aborted || this.#context.closeSignal.isClosed) throw error;
      if (engine.now() >= stored.graceUntil) throw error;
      return stored.text;
    }
  }

  #asked(entryKey: string): void {
    const others = (this.#asking.get(entryKey) ?? 1) - 1;
    if (others > 0) {
      this.#asking.set(entryKey, others);
      return;
    }
    this.#asking.delete(entryKey);
    this.#flights.get(entryKey)?.giveUp();
  }

  #target(key: string, options?: CacheGetOptions): LoadTarget {
    const { tags, ttlMs } = options ?? NO_OPTIONS;
    this.#entries.full(key);
    if (ttlMs !== undefined) checkTtl(ttlMs);
    // The same hash tag, and never an empty one.
    const tagged = `{=${key}}`;
    return {
      key,
      entryKey: this.#entries.prefix + tagged,
      leaseKey: this.#loads.prefix + tagged,
      tags: this.#tags.checked(tags),
      freshness: ttlMs === undefined ? this.#freshness : { ...this.#freshness, ttlMs },
    };
  }

  async #findLoaded(engine: Engine, target: LoadTarget): Promise<LoadedText | undefined> {
    const entry = await this.#lookup.lookUp(engine, target.entryKey, target.tags);
    return entry && engine.now() < entry.freshUntil ? entry : undefined;
  }

  /** The load that is under way in this process, if its value will be good for a call that asks now; else a new one. */
  async #flight(engine: Engine | undefined, target: LoadTarget, load: Load): Promise<SingleFlight> {
    const { entryKey } = target;
    const flying = this.#flights.get(entryKey);
    if (engine && flying?.loading && !(await this.#isGood(engine, target, flying.loading))) {
      if (this.#flights.get(entryKey) === flying) this.#flights.delete(entryKey);
    }
    const known = this.#flights.get(entryKey);
    if (known && !known.isGivenUp) return known;
    const flight = new SingleFlight(async (self, signal) => {
      try {
        return await this.#loader.load(engine, target, load, {
          signal,
          timeoutMs: target.freshness.loadTimeoutMs,
          findLoaded: async () => engine && this.#findLoaded(engine, target),
          started: (loading) => {
            self.loading = loading;
          },
        });
      } finally {
        if (this.#flights.get(entryKey) === self) this.#flights.delete(entryKey);
      }
    });
    this.#flights.set(entryKey, flight);
    return flight;
  }

  /** Whether nothing was deleted or invalidated since the load began. If the store cannot be asked: yes. */
  async #isGood(
    engine: Engine,
    { leaseKey, tags: wanted }: LoadTarget,
    { id, tags }: NonNullable<SingleFlight['loading']>,
  ): Promise<boolean> {
    if (!hasAll(tags, wanted)) return false;
    const found = await unlessOutage(
      Promise.all([engine.get(leaseKey), this.#tags.versions(engine, [...tags.keys()])]),
    );
    if (!found) return true;
    const [lease, versions] = found;
    return lease?.includes(` ${id} `) === true && isCurrent(tags, versions);
  }

  /**
   * Loads in the background, unless another process does, until the old value is no longer served. If it fails, the next call
   * tries again.
   */
  #reload(engine: Engine, target: LoadTarget, load: Load, until: number): void {
    const { entryKey, freshness } = target;
    if (this.#reloads.has(entryKey)) return;
    this.#reloads.add(entryKey);
    const findLoaded = () => this.#findLoaded(engine, target);
    const timeoutMs = Math.min(freshness.loadTimeoutMs, until - engine.now());
    this.#loader
      .load(engine, target, load, { findLoaded, waitMs: 0, timeoutMs })
      .catch(() => {})
      .finally(() => this.#reloads.delete(entryKey));
  }
}
