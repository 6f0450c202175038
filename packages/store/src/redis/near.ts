// The source of near caches on Redis: reads are calls of the store, changes come from the tracking feeds of all masters.
import type { Engine } from '../engine.js';
import type { NearCounters, NearLimits, NearReads } from '../near/contract.js';
import { NO_COUNTERS } from '../near/counters.js';
import { NearCacheSet } from '../near/near-cache-set.js';
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
  readonly #engine: Engine;
  /** Made by the first near cache, so that a store without one pays nothing. */
  #set: NearCacheSet | undefined;
  #unlisten: (() => void) | undefined;

  constructor(engine: Engine, parts: Parts) {
    this.#engine = engine;
    this.#parts = parts;
  }

  reads(prefixes: readonly string[], limits: NearLimits): NearReads {
    this.#set ??= this.#begin();
    return this.#set.reads(prefixes, limits);
  }

  get counters(): NearCounters {
    return this.#set?.counters ?? NO_COUNTERS;
  }

  close(): void {
    this.#unlisten?.();
    this.#set?.close();
  }

  #begin(): NearCacheSet {
    const engine = this.#engine;
    const { watching, near, keyPrefix, deadlineMs } = this.#parts;
    const keyOf = (name: string) => name.slice(keyPrefix.length);
    const set = new NearCacheSet({
      read: (key) => engine.run(getWithTtl, [key], undefined),
      readThrough: async (key) => engine.get(key),
      watch: (prefix, listener) =>
        watching.watch(
          keyPrefix + prefix,
          (changes) => listener(changes === 'reset' ? changes : changes.map(keyOf)),
          // A cached value knows when it expires.
          { deadlineMs, isExact: false, isNear: true },
        ),
      confirm: () => watching.confirm(),
    });
    this.#unlisten = near.add((name) => {
      if (name.startsWith(keyPrefix)) set.wrote(keyOf(name));
    });
    return set;
  }
}
