// Finds expired entries, to use their space again, and evictable entries, to make room.
import type { Database } from 'lmdb';
import { isByWall, isOver, NEVER, type Times } from '../capacity/expiry-time.js';
import type { ChangeLog } from '../watch/change-log.js';
import type { Environment } from './environment.js';
import { expiryKey, keyOfExpiry, timeOfExpiry } from './keys.js';

/** All information of an index line is in its key, but LMDB requires a value. */
const MARK = Uint8Array.of(1);

type Index = Database<Uint8Array, Uint8Array>;

/**
 * Every entry that expires has an index line at its end or at an earlier time. So when the end of an entry moves away, as that of a
 * session does at each request, nothing is written here: the sweep moves the line when it comes to it. A line may be out of date, so
 * the sweep looks at the entry itself.
 *
 * Entries that end by the time of day have an index of their own: if the time is set back, their lines would lie in front of all
 * due lines. Evictable entries have one as well, which lists all of them; none of them ends by the time of day.
 *
 * Only for use in a write transaction.
 */
export class ExpiryIndex {
  readonly #environment: Environment;
  readonly #log: ChangeLog;
  /** The prefixes of the keys of evictable entries. */
  readonly #evictable = new Set<string>();

  constructor(environment: Environment, log: ChangeLog) {
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

  /** @param before, after ends of the entry; `NEVER` also for an entry that is not there. */
  move(key: string, before: number, after: number): void {
    if (after === NEVER) return;
    const index = this.#indexOf(key, after);
    const hasLine = before !== NEVER && this.#indexOf(key, before) === index;
    if (hasLine && before <= after) return;
    index.put(expiryKey(after, key), MARK);
    if (before !== NEVER) this.remove(key, before);
  }

  remove(key: string, end: number): void {
    this.#indexOf(key, end).remove(expiryKey(end, key));
  }

  /** Whether something may have ended. The one method that needs no write transaction. */
  isDue(times: Times): boolean {
    const { read } = this.#environment;
    return this.#due(times).some(
      ([index, end]) => [...index.getKeys({ end, limit: 1, ...read })].length > 0,
    );
  }

  /**
   * Removes ended entries, for at most `limit` lines of each index.
   *
   * @returns how many lines were due: at least `limit` where there may be more.
   */
  sweep(times: Times, limit: number): number {
    const hasEnded = (end: number): boolean => isOver(end, times);
    return this.#due(times).reduce(
      (lines, [index, end]) => lines + this.#remove(index, { end, limit }, hasEnded),
      0,
    );
  }

  /** Removes evictable entries: first those that end soonest, then the oldest. @returns the number of lines it looked at. */
  evict(limit: number): number {
    const isInPlace = (end: number, line: number): boolean => line >= end;
    return this.#remove(this.#environment.evictables, { limit }, isInPlace);
  }

  /** The indexes, each with the end of its due lines. */
  #due({ now, wall }: Times): [index: Index, end: Uint8Array][] {
    const { expiries, deadlines, evictables } = this.#environment;
    const byNow = expiryKey(now, '');
    return [
      [expiries, byNow],
      [deadlines, expiryKey(wall, '')],
      [evictables, byNow],
    ];
  }

  /** Removes the entries of lines in `range` if `isToGo`, and corrects the other lines. */
  #remove(
    index: Index,
    range: { end?: Uint8Array; limit: number },
    isToGo: (end: number, line: number) => boolean,
  ): number {
    const { entries, deadlines, lastVersion } = this.#environment;
    const lines = [...index.getKeys(range)];
    for (const line of lines) {
      index.remove(line);
      const key = keyOfExpiry(line);
      if (entries.getBinaryFast(key) === undefined) continue;
      const end = lastVersion();
      // The entry has its line in another index, or has none.
      if (end === NEVER || isByWall(end) !== (index === deadlines)) continue;
      if (isToGo(end, timeOfExpiry(line))) {
        entries.remove(key);
        this.#log.note(key);
      } else index.put(expiryKey(end, key), MARK);
    }
    return lines.length;
  }

  #indexOf(key: string, end: number): Index {
    const { expiries, deadlines, evictables } = this.#environment;
    if (this.isEvictable(key)) return evictables;
    return isByWall(end) ? deadlines : expiries;
  }
}
