// What `'use cache'` caches: Next's contract is in next/dist/server/lib/cache-handlers/types.d.ts.
import { timeOfDay } from '@muster/codec/timers';
import { storeKey } from '../shared/keys.js';
import type { AdapterOptions } from '../shared/options.js';
import { failOpen } from './fail-open.js';
import { Renewals } from './renewals.js';
import { Tags } from './tags.js';

/** Next's `CacheEntry`. `stale`, `expire` and `revalidate` in seconds, `timestamp` in milliseconds since the epoch. */
export interface UseCacheEntry {
  value: ReadableStream<Uint8Array>;
  tags: string[];
  stale: number;
  timestamp: number;
  expire: number;
  revalidate: number;
}

/** Next's `CacheHandler`. */
export interface UseCacheHandler {
  get(cacheKey: string, softTags: string[]): Promise<UseCacheEntry | undefined>;
  set(cacheKey: string, pendingEntry: Promise<UseCacheEntry>): Promise<void>;
  refreshTags(): Promise<void>;
  getExpiration(tags: string[]): Promise<number>;
  updateTags(tags: string[], durations?: { expire?: number }): Promise<void>;
}

type Stored = Omit<UseCacheEntry, 'value'> & { readonly bytes: Uint8Array };

/** How long another process has for a renewal, before this one begins its own. In seconds. */
const RENEWAL_S = 5;
/** A lifetime above this is for ever. In seconds. */
const LONGEST_S = 1e9;

export function handlerOfUseCache(options: AdapterOptions): UseCacheHandler {
  const { store, namespace = 'next' } = options;
  const entries = store.namespace<Stored>(`${namespace}:use-cache`, { evictable: true });
  const tags = new Tags(options);
  const renewals = new Renewals(options);
  /** Of this process: a `get` waits for a `set` that is under way. */
  const pending = new Map<string, Promise<void>>();

  const read = async (key: string, softTags: readonly string[], isRetry = false) => {
    const entry = await entries.get(key);
    const now = timeOfDay();
    if (!entry || now > entry.timestamp + entry.expire * 1000) return undefined;
    const freshness = await tags.freshness([...entry.tags, ...softTags], entry.timestamp);
    if (freshness === 'expired') {
      if (isRetry || (await renewals.claim(key))) return undefined;
      await renewals.ended(key);
      return read(key, softTags, true);
    }
    const isDue = freshness === 'stale' || now > entry.timestamp + entry.revalidate * 1000;
    if (!isDue) return shown(entry, entry.revalidate);
    // Next makes a new one in the background where this is in the past.
    const age = (now - entry.timestamp) / 1000;
    return shown(entry, (await renewals.claim(key)) ? -1 : age + RENEWAL_S);
  };

  const write = async (key: string, pendingEntry: Promise<UseCacheEntry>) => {
    const { value, ...entry } = await pendingEntry;
    const bytes = await bytesOf(value);
    const ttlMs = lifetimeMs(entry);
    if (ttlMs > 0) await entries.set(key, { ...entry, bytes }, { ttlMs });
    await renewals.done(key);
  };

  return {
    async get(cacheKey, softTags) {
      const key = storeKey(cacheKey);
      await pending.get(key);
      return failOpen(() => read(key, softTags), undefined);
    },
    set(cacheKey, pendingEntry) {
      const key = storeKey(cacheKey);
      const written = failOpen(() => write(key, pendingEntry), undefined).finally(() => {
        if (pending.get(key) === written) pending.delete(key);
      });
      pending.set(key, written);
      return written;
    },
    async refreshTags() {},
    // Where the store is away, there is no entry that could be too old.
    getExpiration: (asked) => failOpen(() => tags.expiration(asked), 0),
    updateTags: (updated, durations) => tags.revalidate(updated, durations),
  };
}

function shown({ bytes, ...entry }: Stored, revalidate: number): UseCacheEntry {
  return { ...entry, revalidate, value: streamOf(bytes) };
}

function lifetimeMs({ timestamp, expire }: Pick<UseCacheEntry, 'timestamp' | 'expire'>): number {
  if (expire > LONGEST_S) return Number.POSITIVE_INFINITY;
  return timestamp + expire * 1000 - timeOfDay();
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      // A copy: whoever reads it may change or transfer it.
      controller.enqueue(new Uint8Array(bytes));
      controller.close();
    },
  });
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read())
    parts.push(part.value);
  return new Uint8Array(Buffer.concat(parts));
}
