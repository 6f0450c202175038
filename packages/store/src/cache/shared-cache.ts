// A cache that all processes share.

import { checkFunction, checkSignal } from '../arguments.js';
import type { Cache, CacheGetOptions, CacheOptions, LoadContext } from '../contract/cache.js';
import { observe } from '../diagnostics.js';
import type { Engine } from '../engine.js';
import { Keyspace } from '../keyspace.js';
import type { Leases } from '../leases/leases.js';
import { checkNothing, checkOptions, OPTIONS } from '../strict-options.js';
import type { Values } from '../values.js';
import { type CacheEntry, valueFrom } from './entry.js';
import { Flight, type Landing } from './flight.js';
import { checkTtl, type Freshness, freshnessOf } from './freshness.js';
import { Loader, type LoadTarget } from './loader.js';
import { Shelf } from './shelf.js';
import { isCurrent, Tags } from './tags.js';

/** What a cache needs of its store. */
export interface CacheContext {
  readonly kind: Engine['kind'];
  engine(): Engine | undefined;
  open(): Promise<Engine>;
  readonly values: Values;
  readonly leases: Leases;
  /** Deletes every key of a keyspace. */
  clear(keyspace: Keyspace): Promise<void>;
}

type Load = (context: LoadContext) => unknown;

/** The calls of a cache, as diagnostics name them. */
const CALLS = {
  get: 'cache.get',
  delete: 'cache.delete',
  invalidateTag: 'cache.invalidateTag',
  clear: 'cache.clear',
} as const;

const NO_OPTIONS: CacheGetOptions = {};

export class SharedCache<T> implements Cache<T> {
  static {
    observe(SharedCache.prototype, CALLS, (cache) => cache.#context.kind);
  }

  readonly #context: CacheContext;
  readonly #entries: Keyspace;
  readonly #loads: Keyspace;
  readonly #tags: Tags;
  readonly #shelf: Shelf;
  readonly #freshness: Freshness;
  readonly #loader: Loader;
  /** By full key of the entry. */
  readonly #flights = new Map<string, Flight>();
  readonly #reloads = new Set<string>();
  /** How many ask for it now. */
  readonly #asking = new Map<string, number>();

  /** @throws InvalidArgumentError */
  constructor(context: CacheContext, name: string, options: CacheOptions | undefined) {
    this.#context = context;
    this.#entries = Keyspace.own('cache', ['a cache', name]);
    this.#loads = Keyspace.own('load', ['a cache', name]);
    this.#tags = new Tags(Keyspace.own('tag', ['a cache', name]));
    this.#shelf = new Shelf(this.#tags);
    this.#freshness = freshnessOf(options);
    this.#loader = new Loader(context.leases, context.values, this.#tags);
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
    const { entryKey, tags } = target;
    checkFunction('A cache loads by', load);
    checkSignal(signal);
    signal?.throwIfAborted();
    // From now on, also while it is still looking: a load is not given up as long as somebody may want its value.
    this.#asking.set(entryKey, (this.#asking.get(entryKey) ?? 0) + 1);
    try {
      const engine = this.#context.engine() ?? (await this.#context.open());
      const stored =
        tags.length === 0
          ? await this.#shelf.checked(engine, await engine.get(entryKey))
          : await this.#shelf.look(engine, entryKey, tags);
      const text =
        stored && Date.now() < stored.freshUntil
          ? stored.text
          : await this.#text(engine, target, load, stored, signal);
      return valueFrom(this.#context.values, key, text) as T | Empty;
    } finally {
      this.#asked(entryKey);
    }
  }

  async delete(key: string): Promise<boolean> {
    const { entryKey, leaseKey } = this.#target(key);
    const engine = this.#context.engine() ?? (await this.#context.open());
    this.#flights.delete(entryKey);
    // The load first: afterwards it cannot bring the entry back.
    const [, deleted] = await Promise.all([engine.delete([leaseKey]), engine.delete([entryKey])]);
    return deleted === 1;
  }

  async invalidateTag(tag: string): Promise<void> {
    this.#tags.full(tag);
    const engine = this.#context.engine() ?? (await this.#context.open());
    await this.#tags.invalidate(engine, tag);
  }

  async clear(...given: unknown[]): Promise<void> {
    checkNothing('cache.clear()', given, 'it drops every value; invalidateTag() drops some');
    this.#flights.clear();
    await this.#context.clear(this.#loads);
    await this.#context.clear(this.#entries);
  }

  /** @param stored what there is, and is not fresh. */
  async #text(
    engine: Engine,
    target: LoadTarget,
    load: Load,
    stored: CacheEntry | undefined,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    signal?.throwIfAborted();
    if (stored && Date.now() < stored.staleUntil) {
      this.#reload(engine, target, load);
      return stored.text;
    }
    try {
      const flight = await this.#flight(engine, target, load);
      return (await flight.join(signal)).text;
    } catch (error) {
      if (!stored || signal?.aborted || Date.now() >= stored.graceUntil) throw error;
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

  async #landed(engine: Engine, target: LoadTarget): Promise<Landing | undefined> {
    const entry = await this.#shelf.look(engine, target.entryKey, target.tags);
    return entry && Date.now() < entry.freshUntil ? entry : undefined;
  }

  /** That which is under way in this process, if its value will be good for who asks now; else another one. */
  async #flight(engine: Engine, target: LoadTarget, load: Load): Promise<Flight> {
    const { entryKey } = target;
    const flying = this.#flights.get(entryKey);
    if (flying?.loading && !(await this.#isGood(engine, target, flying.loading))) {
      if (this.#flights.get(entryKey) === flying) this.#flights.delete(entryKey);
    }
    const known = this.#flights.get(entryKey);
    if (known && !known.isGivenUp) return known;
    const flight = new Flight(async (self, signal) => {
      try {
        return await this.#loader.load(engine, target, load, {
          signal,
          landed: () => this.#landed(engine, target),
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

  /** Nothing was deleted or invalidated since the load began. */
  async #isGood(
    engine: Engine,
    { leaseKey }: LoadTarget,
    { id, tags }: NonNullable<Flight['loading']>,
  ): Promise<boolean> {
    const [lease, versions] = await Promise.all([
      engine.get(leaseKey),
      this.#tags.versions(engine, [...tags.keys()]),
    ]);
    return lease?.includes(` ${id} `) === true && isCurrent(tags, versions);
  }

  /** In the background, unless somebody is at it. If it fails, the next one who asks tries again. */
  #reload(engine: Engine, target: LoadTarget, load: Load): void {
    const { entryKey } = target;
    if (this.#reloads.has(entryKey)) return;
    this.#reloads.add(entryKey);
    const landed = () => this.#landed(engine, target);
    this.#loader
      .load(engine, target, load, { landed, waitMs: 0 })
      .catch(() => {})
      .finally(() => this.#reloads.delete(entryKey));
  }
}
