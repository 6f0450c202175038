// Keeps the data within `maxBytes`.
import { StoreFullError } from '../errors.js';
import type { Environment } from './environment.js';

/** LMDB's own for an entry, its key's place in a branch page, and its line in the expiry index. */
const ENTRY_BYTES = 128;

/** The part of the free room that one process may use before it looks again: others use it too. */
const SHARE = 1 / 16;

/** The part of lmdb's `getStats()` that is used here; its types have it as `{}`. */
interface PageCounts {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

export class Capacity {
  readonly #environment: Environment;
  readonly #maxBytes: number;
  readonly #reclaim: (now: number) => boolean;
  /** Bytes that may be written without another look. */
  #budget = 0;

  /** @param reclaim removes some of what is over at `now`, and says whether there was any. */
  constructor(environment: Environment, maxBytes: number, reclaim: (now: number) => boolean) {
    this.#environment = environment;
    this.#maxBytes = maxBytes;
    this.#reclaim = reclaim;
  }

  /**
   * To be called in a write transaction, before an entry is put. Where there is no room, what has expired goes first.
   *
   * @throws StoreFullError
   */
  claim(key: string, text: string, now: number): void {
    const bytes = key.length + text.length + ENTRY_BYTES;
    this.#budget -= bytes;
    if (this.#budget >= 0) return;
    let free = this.#maxBytes - this.#usedBytes();
    // What has expired must not keep anything out, and the sweep may not have come to it yet.
    while (free < bytes && this.#reclaim(now)) free = this.#maxBytes - this.#usedBytes();
    if (free < bytes) {
      this.#budget = 0;
      throw new StoreFullError(
        `The embedded store at ${this.#environment.path} holds as much as its maxBytes (${this.#maxBytes}) ` +
          'allows; delete something, give entries a ttlMs, or raise the limit',
      );
    }
    this.#budget = free * SHARE - bytes;
  }

  /** Pages that hold data, not those that are free to be used again. */
  #usedBytes(): number {
    const { entries, expiries } = this.#environment;
    return [entries, expiries].reduce((sum, database) => {
      const stats = database.getStats() as PageCounts;
      const pages = stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages;
      return sum + pages * stats.pageSize;
    }, 0);
  }
}
