// What is kept, and whether it may be given: a state machine without clocks, timers and connections of its own.
import type { NearLimits } from './contract.js';

/** One that is being read has no text to give yet. Another object for each read: that is its version. */
interface NearEntry {
  isRead: boolean;
  /** `undefined`: there is no such key. */
  text: string | undefined;
  /** On the clock of the caller. */
  expiresAt: number;
  /** It was given since it was last passed over. */
  isUsed: boolean;
}

/** `stale`: there is one, and nobody knows whether it was replaced. */
export type Found = NearEntry | 'none' | 'stale';

/**
 * An entry that expires is read anew after this, in milliseconds: clocks of two machines differ in pace, by less than a
 * millisecond in that time.
 */
export const EXPIRING_MS = 10_000;

/**
 * Every `now` and `sentAt` is in milliseconds, on a clock that neither jumps nor stands still. The order of calls is the order
 * in which things became known to the process: a reply, an invalidation, a write of its own.
 */
export class NearEntries {
  readonly #limits: NearLimits;
  readonly #entries = new Map<string, NearEntry>();
  /** All that was changed before this has been told. */
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

  /** A read of the key is sent now. @returns to be given to `fill`; `undefined` where another read is to be kept. */
  begin(key: string): NearEntry | undefined {
    const known = this.#entries.get(key);
    if (known && !known.isRead) return undefined;
    if (!known && this.#entries.size >= this.#limits.maxEntries) this.#evict();
    const entry = { isRead: false, text: undefined, expiresAt: 0, isUsed: false };
    this.#entries.set(key, entry);
    return entry;
  }

  /**
   * The reply to the read that `begin` was told of. It is kept only if nothing has happened to the key since.
   *
   * @param ttlMs what was left when the server answered; `Infinity` where it does not expire.
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
    // Counted from before the server did, and it leaves out the part of a millisecond that it has begun.
    entry.expiresAt =
      ttlMs === Number.POSITIVE_INFINITY ? ttlMs : sentAt + Math.min(ttlMs - 1, EXPIRING_MS);
  }

  /** The read failed. */
  abandon(key: string, entry: NearEntry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  /** It was changed, or is about to be; what is being read of it may be old. */
  drop(key: string): void {
    this.#entries.delete(key);
  }

  /** Changes may have been missed. */
  clear(now: number): void {
    this.#entries.clear();
    this.#clearedAt = now;
    this.#confirmedAt = Number.NEGATIVE_INFINITY;
  }

  /** @param sentAt all that was changed before that time has been told by now. */
  confirm(sentAt: number): void {
    if (sentAt >= this.#clearedAt && sentAt > this.#confirmedAt) this.#confirmedAt = sentAt;
  }

  /** One that was not given since it was last passed over, the oldest first. */
  #evict(): void {
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key);
      if (!entry.isUsed) return;
      entry.isUsed = false;
      this.#entries.set(key, entry);
    }
  }
}
