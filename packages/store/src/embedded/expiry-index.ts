// Finds what has expired, so that its space is used again.
import type { Environment } from './environment.js';
import { expiryKey, keyOfExpiry } from './keys.js';

/** What the index says about a key is in its own key; LMDB wants a value all the same. */
const MARK = Uint8Array.of(1);

/**
 * Every entry that expires is in the index under its own expiry or an earlier time. So an entry whose end moves
 * away, as a session's does at each request, writes nothing here: it is moved when the sweep comes to it. And an
 * index entry may be out of date: the sweep looks at the entry itself.
 *
 * Only for use in a write transaction.
 */
export class ExpiryIndex {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** @param before, after expiries of the entry; 0 for an entry that does not expire or is not there. */
  move(key: string, before: number, after: number): void {
    if (after === 0 || (before !== 0 && before <= after)) return;
    this.#environment.expiries.put(expiryKey(after, key), MARK);
    if (before !== 0) this.remove(key, before);
  }

  remove(key: string, expiry: number): void {
    this.#environment.expiries.remove(expiryKey(expiry, key));
  }

  /**
   * Removes what expired before `now`, as far as `limit` index entries go.
   *
   * @returns how many index entries were due: `limit` where there may be more.
   */
  sweep(now: number, limit: number): number {
    const { entries, expiries, lastVersion } = this.#environment;
    const due = [...expiries.getKeys({ end: expiryKey(now, ''), limit })];
    for (const indexed of due) {
      const key = keyOfExpiry(indexed);
      expiries.remove(indexed);
      if (!entries.doesExist(key)) continue;
      const expiry = lastVersion();
      if (expiry === 0) continue;
      if (expiry <= now) entries.remove(key);
      else expiries.put(expiryKey(expiry, key), MARK);
    }
    return due.length;
  }
}
