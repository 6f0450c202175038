// The entries of a near cache, and whether they may be returned: a state machine without clocks, timers or connections.
import type { NearLimits } from './contract.js';

/** An entry that is being read has no text yet. Each read makes a new object, which serves as its version. */
interface NearEntry {
  isRead: boolean;
  /** `undefined`: there is no such key. */
  text: string | undefined;
  /** Milliseconds, on the clock of the caller. */
  expiresAt: number;
  /** Whether it was returned since the last eviction spared it. */
  isUsed: boolean;
}

/** `stale`: there is an entry, but it is unknown whether it was replaced. */
export type Found = NearEntry | 'none' | 'stale';

/**
 * Milliseconds after which an entry that expires is read again. The clocks of two machines drift apart by less than a millisecond in
 * that time.
 */
export const EXPIRING_MS = 10_000;

/**
 * Every `now` and `sentAt` is in milliseconds, on a clock that neither jumps nor stops. The order of calls is the order in which the
 * process learnt of replies, invalidations and its own writes.
 */
export class NearEntries {
  readonly #limits: NearLimits;
  readonly #entries = new Map<string, NearEntry>();
  /** All changes before this time have been reported. */
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #clearedAt = Number.NEGATIVE_INFINITY;

  constructor(limits: NearLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  find(key: string, now: number): Found {
    const entry = this.#entries.get(key);
    if (!entry?.isRead) return 'none';
    if (now >= entry.expiresAt) {
      this.#entries.delete(key);
      return 'none';
    }
    if (now - this.#confirmedAt > this.#limits.maxStaleMs) return 'stale';
    entry.isUsed = true;
    return entry;
  }

  /** A read of the key is being sent. @returns the entry for `fill`; `undefined` if the reply to an earlier read will be kept. */
  begin(key: string): NearEntry | undefined {
    const known = this.#entries.get(key);
    if (known && !known.isRead) return undefined;
    if (!known && this.#entries.size >= this.#limits.maxEntries) this.#evict();
    const entry = { isRead: false, text: undefined, expiresAt: 0, isUsed: false };
    this.#entries.set(key, entry);
    return entry;
  }

  /**
   * Stores the reply to the read for which `begin` made the entry, unless the key was dropped or evicted since.
   *
   * @param ttlMs the time to live when the server replied; `Infinity` if the entry does not expire.
   */
  fill(
    key: string,
    entry: NearEntry,
    text: string | undefined,
    ttlMs: number,
    sentAt: number,
  ): void {
    if (this.#entries.get(key) !== entry) return;
    entry.isRead = true;
    entry.text = text;
    // The time counts from before the server's reply, and leaves out the millisecond that may have begun.
    entry.expiresAt =
      ttlMs === Number.POSITIVE_INFINITY ? ttlMs : sentAt + Math.min(ttlMs - 1, EXPIRING_MS);
  }

  /** The read failed. */
  abandon(key: string, entry: NearEntry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  /** The key was changed, or is about to be, so that a read in progress may return the old value. */
  drop(key: string): void {
    this.#entries.delete(key);
  }

  /** Changes may have been missed. */
  clear(now: number): void {
    this.#entries.clear();
    this.#clearedAt = now;
    this.#confirmedAt = Number.NEGATIVE_INFINITY;
  }

  /** @param sentAt all changes before this time have been reported by now. */
  confirm(sentAt: number): void {
    if (sentAt >= this.#clearedAt && sentAt > this.#confirmedAt) this.#confirmedAt = sentAt;
  }

  /** Evicts the oldest entry that was not returned since the last eviction spared it. */
  #evict(): void {
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key);
      if (!entry.isUsed) return;
      entry.isUsed = false;
      this.#entries.set(key, entry);
    }
  }
}
