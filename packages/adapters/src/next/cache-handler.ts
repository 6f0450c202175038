// Pages, routes and fetches: Next's contract is the class CacheHandler in next/dist/server/lib/incremental-cache.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { timeOfDay } from '@muster/codec/timers';
import { storeKey } from '../shared/keys.js';
import type { AdapterOptions } from '../shared/options.js';
import { failOpen } from './fail-open.js';
import { Renewals } from './renewals.js';
import { Tags } from './tags.js';

interface CachedValue {
  readonly kind: string;
  readonly headers?: unknown;
}

/** What a handler returns. `lastModified` in milliseconds since the epoch; -1 has the entry made anew. */
interface Found {
  readonly lastModified: number;
  readonly value: CachedValue;
  readonly cacheControl?: unknown;
}

interface Stored extends Found {
  readonly tags: readonly string[];
}

interface GetContext {
  readonly kind: string;
  readonly tags?: string[];
  readonly softTags?: string[];
}

interface SetContext {
  readonly fetchCache?: boolean;
  readonly tags?: string[];
  readonly cacheControl?: unknown;
}

/** An instance of the class, which Next makes for each request or once. */
export interface RouteCacheHandler {
  // biome-ignore lint/suspicious/noExplicitAny: Next's types of values and contexts differ between its versions.
  get(cacheKey: string, context: any): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  set(cacheKey: string, data: any, context: any): Promise<void>;
  revalidateTag(tags: string | string[], durations?: { expire?: number }): Promise<void>;
  resetRequestCache(): void;
}

export type CacheHandlerClass = new (context: {
  serverDistDir?: string;
  revalidatedTags: string[];
}) => RouteCacheHandler;

/** Next's header with the tags of a page. */
const TAGS_HEADER = 'x-next-cache-tags';
/** How many renders may be under way, and for how long, before it is forgotten when they began. */
const MOST_BEGUN = 10_000;
const LONGEST_RENDER_MS = 30_000;

export function cacheHandlerClass(options: AdapterOptions): CacheHandlerClass {
  const { store, namespace = 'next' } = options;
  const entries = store.namespace<Stored>(`${namespace}:pages`, { evictable: true });
  const tags = new Tags(options);
  const renewals = new Renewals(options);
  /**
   * An entry is as old as the question that found none: what is revalidated while it is made makes it old. Next makes handlers
   * for each request, so this belongs to the class.
   */
  const begun = new Map<string, number>();
  const isBuild = process.env.NEXT_PHASE === 'phase-production-build';

  const begin = (key: string) => {
    if (begun.size >= MOST_BEGUN) begun.clear();
    const now = timeOfDay();
    if (now - (begun.get(key) ?? 0) > LONGEST_RENDER_MS) begun.set(key, now);
  };

  const read = async (
    key: string,
    given: readonly string[],
    isRetry = false,
  ): Promise<Found | null> => {
    const entry = await entries.get(key);
    if (!entry) return null;
    const { tags: own, ...found } = entry;
    const freshness = await tags.freshness([...own, ...given], found.lastModified);
    if (freshness === 'fresh') return found;
    const isOurs = isRetry || (await renewals.claim(key));
    if (freshness === 'stale') return isOurs ? { ...found, lastModified: -1 } : found;
    if (isOurs) return null;
    await renewals.ended(key);
    return read(key, given, true);
  };

  return class {
    readonly #build: string;

    constructor({ serverDistDir }: { serverDistDir?: string } = {}) {
      this.#build = serverDistDir === undefined ? '' : buildOf(serverDistDir);
    }

    async get(cacheKey: string, { kind, tags: own = [], softTags = [] }: GetContext) {
      if (isBuild) return null;
      const key = this.#key(cacheKey, kind === 'FETCH');
      const found = await failOpen(() => read(key, [...own, ...softTags]), null);
      if (!found || found.lastModified === -1) begin(key);
      return found;
    }

    async set(cacheKey: string, value: CachedValue | null, context: SetContext) {
      if (isBuild) return;
      const isFetch = context.fetchCache === true;
      const key = this.#key(cacheKey, isFetch);
      const lastModified = begun.get(key) ?? timeOfDay();
      begun.delete(key);
      await failOpen(async () => {
        if (value === null) await entries.delete(key);
        else {
          const { tags: given = [], cacheControl } = context;
          const control = cacheControl === undefined ? {} : { cacheControl };
          await entries.set(key, {
            ...{ value, lastModified, ...control },
            tags: isFetch ? given : tagsOf(value),
          });
        }
        await renewals.done(key);
      }, undefined);
    }

    revalidateTag(revalidated: string | string[], durations?: { expire?: number }) {
      return tags.revalidate([revalidated].flat(), durations);
    }

    /** Nothing is kept for a request. */
    resetRequestCache() {}

    /** Fetches outlive a build. Pages do not, since they name its files. */
    #key(cacheKey: string, isFetch: boolean): string {
      return storeKey(isFetch ? `fetch ${cacheKey}` : `page ${this.#build} ${cacheKey}`);
    }
  };
}

function tagsOf({ headers }: CachedValue): string[] {
  const tags = (headers as Record<string, unknown> | undefined)?.[TAGS_HEADER];
  return typeof tags === 'string' && tags !== '' ? tags.split(',') : [];
}

function buildOf(serverDistDir: string): string {
  try {
    return readFileSync(join(serverDistDir, '../BUILD_ID'), 'utf8').trim();
  } catch {
    return '';
  }
}
