/**
 * When tags were revalidated, on the store. Every read of an entry asks for its tags anew, so a revalidation counts in all processes from
 * the moment when its call has resolved.
 */
import { timeOfDay } from '@muster/codec/timers';
import type { StoreView } from '@muster/store';
import { storeKey } from '../shared/keys.js';
import type { AdapterOptions } from '../shared/options.js';

/** Milliseconds since the epoch. */
export interface TagTimes {
  /** Entries from before this time are shown once more while a new one is made. */
  readonly stale?: number;
  /** Once this time has come, entries from before it are not shown. */
  readonly expired?: number;
}

export type Freshness = 'fresh' | 'stale' | 'expired';

/** Of an entry that was begun at `since`. One that was begun in the same millisecond counts as older. */
export function freshnessOf(
  tags: readonly (TagTimes | undefined)[],
  since: number,
  now: number,
): Freshness {
  const isPast = ({ expired = 0 }: TagTimes = {}) => expired >= since && expired <= now;
  if (tags.some((times) => isPast(times))) return 'expired';
  return tags.some((times) => (times?.stale ?? 0) >= since) ? 'stale' : 'fresh';
}

export class Tags {
  readonly #times: StoreView<TagTimes>;

  constructor({ store, namespace = 'next' }: AdapterOptions) {
    this.#times = store.namespace<TagTimes>(`${namespace}:tags`);
  }

  /**
   * @param durations without them, entries with these tags expire now; with them, they are stale now, and expire in `expire`
   *   seconds.
   */
  async revalidate(
    tags: readonly string[],
    durations: { readonly expire?: number | undefined } | undefined,
  ): Promise<void> {
    const now = timeOfDay();
    const next = (times: TagTimes = {}): TagTimes => {
      if (!durations) return { ...times, expired: now };
      const { expire } = durations;
      return {
        ...times,
        stale: now,
        ...(expire === undefined ? {} : { expired: now + expire * 1000 }),
      };
    };
    await Promise.all(tags.map((tag) => this.#times.update(storeKey(tag), next)));
  }

  async freshness(tags: readonly string[], since: number): Promise<Freshness> {
    if (tags.length === 0) return 'fresh';
    return freshnessOf(await this.#get(tags), since, timeOfDay());
  }

  /** The last time at which one of these tags expired, or will; 0 if none did. */
  async expiration(tags: readonly string[]): Promise<number> {
    const times = await this.#get(tags);
    return Math.max(0, ...times.map((one) => one?.expired ?? 0));
  }

  #get(tags: readonly string[]): Promise<(TagTimes | undefined)[]> {
    return this.#times.getMany(tags.map(storeKey));
  }
}
