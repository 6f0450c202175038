// The source of near caches on Redis: reads are calls of the store, changes come from the tracking feeds of all masters.
import type { Engine } from '../engine.js';
import type { NearCounters, NearLimits, NearReads, NearSource } from '../near/contract.js';
import { NearCache } from '../near/near-cache.js';
import type { NearCaches } from '../near/near-caches.js';
import { getWithTtl } from '../values/procedures/get-with-ttl.js';
import type { Watching } from './watch/watching.js';

interface Parts {
  readonly watching: Watching;
  readonly near: NearCaches;
  readonly keyPrefix: string;
  readonly deadlineMs: number;
}

/** The near caches of one store. */
export class RedisNear {
  readonly #parts: Parts;
  readonly #source: NearSource;
  /** By prefixes and limits. */
  readonly #caches = new Map<string, NearCache>();
  #unlisten: (() => void) | undefined;

  constructor(engine: Engine, parts: Parts) {
    this.#parts = parts;
    const { watching, keyPrefix, deadlineMs } = parts;
    this.#source = {
      read: (key) => engine.run(getWithTtl, [key], undefined),
      readThrough: async (key) => engine.get(key),
      watch: (prefix, listener) =>
        watching.watch(
          keyPrefix + prefix,
          (changes) =>
            listener(
              changes === 'reset' ? changes : changes.map((name) => name.slice(keyPrefix.length)),
            ),
          // A cached value knows when it expires.
          { deadlineMs, isExact: false, isNear: true },
        ),
      confirm: () => watching.confirm(),
    };
  }

  reads(prefixes: readonly string[], limits: NearLimits): NearReads {
    const asked = JSON.stringify([prefixes, limits.maxEntries, limits.maxStaleMs]);
    let cache = this.#caches.get(asked);
    if (!cache) {
      cache = new NearCache(this.#source, prefixes, limits);
      this.#caches.set(asked, cache);
      this.#unlisten ??= this.#parts.near.add((name) => this.#wrote(name));
    }
    return cache;
  }

  get counters(): NearCounters {
    const sum = { hits: 0, misses: 0, stale: 0, gaps: 0 };
    for (const { counters } of this.#caches.values()) {
      for (const name of Object.keys(sum) as (keyof NearCounters)[]) sum[name] += counters[name];
    }
    return sum;
  }

  close(): void {
    this.#unlisten?.();
    for (const cache of this.#caches.values()) cache.close();
  }

  #wrote(name: string): void {
    const { keyPrefix } = this.#parts;
    if (!name.startsWith(keyPrefix)) return;
    const key = name.slice(keyPrefix.length);
    for (const cache of this.#caches.values()) cache.wrote(key);
  }
}
