// The near caches of one store: one for the same prefixes and limits, and a bounded number of them.
import { PrefixIndex } from '../entries/prefix-index.js';
import type { NearCounters, NearLimits, NearReads, NearSource } from './contract.js';
import { countInProcess, NO_COUNTERS, sumOf } from './counters.js';
import { NearCache } from './near-cache.js';

/** A program with more has names that come from data, such as a namespace for each user. Each costs memory and a watch. */
const MOST = 100;

interface Kept {
  readonly cache: NearCache;
  /** What the index has of it. */
  readonly items: readonly { readonly prefix: string; readonly cache: NearCache }[];
}

export class NearCacheSet {
  readonly #source: NearSource;
  /** By prefixes and limits, in the order in which they may be evicted. */
  readonly #kept = new Map<string, Kept>();
  readonly #index = new PrefixIndex<Kept['items'][number]>();
  #ofEvicted = NO_COUNTERS;
  readonly #endCounting = countInProcess(() => this.counters);

  constructor(source: NearSource) {
    this.#source = source;
  }

  get counters(): NearCounters {
    return sumOf([
      this.#ofEvicted,
      ...Array.from(this.#kept.values(), ({ cache }) => cache.counters),
    ]);
  }

  /** The same object for the same arguments, unless it was evicted. */
  reads(prefixes: readonly string[], limits: NearLimits): NearReads {
    const asked = JSON.stringify([prefixes, limits.maxEntries, limits.maxStaleMs]);
    const known = this.#kept.get(asked);
    if (known) return known.cache;
    if (this.#kept.size >= MOST) this.#evict();
    const cache = new NearCache(this.#source, prefixes, limits);
    const items = prefixes.map((prefix) => ({ prefix, cache }));
    this.#kept.set(asked, { cache, items });
    for (const item of items) this.#index.add(item);
    return cache;
  }

  /** This process is writing the key, or has just written it. */
  wrote(key: string): void {
    for (const { cache } of this.#index.of(key)) cache.drop(key);
  }

  close(): void {
    this.#endCounting();
    for (const { cache } of this.#kept.values()) cache.close();
  }

  /** Evicts the oldest near cache that has had no hit since the last eviction spared it. */
  #evict(): void {
    for (const [asked, kept] of this.#kept) {
      this.#kept.delete(asked);
      if (kept.cache.takeUse()) {
        this.#kept.set(asked, kept);
        continue;
      }
      for (const item of kept.items) this.#index.delete(item);
      kept.cache.close();
      this.#ofEvicted = sumOf([this.#ofEvicted, kept.cache.counters]);
      return;
    }
  }
}
