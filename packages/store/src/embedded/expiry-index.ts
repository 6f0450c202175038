// Finds what has expired, so that its space is used again, and what may be dropped where there is none.
import type { Database } from 'lmdb';
import type { Environment } from './environment.js';
import type { FeedLog } from './feed-log.js';
import { expiryKey, keyOfExpiry, timeOfExpiry } from './keys.js';

/** What the index says about a key is in its own key; LMDB wants a value all the same. */
const MARK = Uint8Array.of(1);

/**
 * The expiry of an evictable entry that does not expire is this and the time at which it was written: above the end of
 * time (8.64e15), where no clock comes, and still exact as a double.
 */
export const AGELESS = 8.64e15 + 1;

type Index = Database<Uint8Array, Uint8Array>;

/**
 * Every entry that expires is in the index under its own expiry or an earlier time. So an entry whose end moves
 * away, as a session's does at each request, writes nothing here: it is moved when the sweep comes to it. And an
 * index entry may be out of date: the sweep looks at the entry itself.
 *
 * Evictable entries have an index of their own, and are all in it.
 *
 * Only for use in a write transaction.
 */
export class ExpiryIndex {
  readonly #environment: Environment;
  readonly #log: FeedLog;
  /** What the keys of evictable entries start with. */
  readonly #evictable = new Set<string>();

  constructor(environment: Environment, log: FeedLog) {
    this.#environment = environment;
    this.#log = log;
  }

  declareEvictable(prefix: string): void {
    this.#evictable.add(prefix);
  }

  isEvictable(key: string): boolean {
    for (const prefix of this.#evictable) if (key.startsWith(prefix)) return true;
    return false;
  }

  /** @param before, after expiries of the entry; 0 for an entry that does not expire or is not there. */
  move(key: string, before: number, after: number): void {
    if (after === 0 || (before !== 0 && before <= after)) return;
    this.#indexOf(key).put(expiryKey(after, key), MARK);
    if (before !== 0) this.remove(key, before);
  }

  remove(key: string, expiry: number): void {
    this.#indexOf(key).remove(expiryKey(expiry, key));
  }

  /** Whether something may have expired before `now`. The one method that needs no write transaction. */
  isDue(now: number): boolean {
    const { expiries, evictables, read } = this.#environment;
    const range = { end: expiryKey(now, ''), limit: 1, ...read };
    return [expiries, evictables].some((index) => [...index.getKeys(range)].length > 0);
  }

  /**
   * Removes what expired before `now`, as far as `limit` lines of each index go.
   *
   * @returns how many lines were due: at least `limit` where there may be more.
   */
  sweep(now: number, limit: number): number {
    const { expiries, evictables } = this.#environment;
    const range = { end: expiryKey(now, ''), limit };
    return this.#remove(expiries, range, now) + this.#remove(evictables, range, now);
  }

  /** Removes evictable entries, those first that end first, then the oldest. @returns how many lines it looked at. */
  evict(limit: number): number {
    return this.#remove(this.#environment.evictables, { limit }, Number.POSITIVE_INFINITY);
  }

  /** Removes the entries of the lines in `range` that end by `until`, and puts right the other lines. */
  #remove(index: Index, range: { end?: Uint8Array; limit: number }, until: number): number {
    const { entries, lastVersion } = this.#environment;
    const lines = [...index.getKeys(range)];
    for (const line of lines) {
      index.remove(line);
      const key = keyOfExpiry(line);
      if (entries.getBinaryFast(key) === undefined) continue;
      const expiry = lastVersion();
      if (expiry === 0) continue;
      const isInPlace = until !== Number.POSITIVE_INFINITY || timeOfExpiry(line) >= expiry;
      if (expiry <= until && isInPlace) {
        entries.remove(key);
        this.#log.note(key);
      } else index.put(expiryKey(expiry, key), MARK);
    }
    return lines.length;
  }

  #indexOf(key: string): Index {
    const { expiries, evictables } = this.#environment;
    return this.isEvictable(key) ? evictables : expiries;
  }
}
