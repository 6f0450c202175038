// Keeps the data within `maxBytes`, and makes sure that the disk has room for each write.
import { StoreFullError } from '../../errors.js';
import type { Environment } from '../lmdb/environment.js';
import type { Times } from './expiry-time.js';
import { dataEndOf, Headroom } from './headroom.js';

/** LMDB's overhead for an entry, its key in a branch page, and its line in the expiry index. */
const ENTRY_BYTES = 128;
/** Pages are half empty in the worst case. */
const SPREAD = 2;

/** The least that a transaction changes: a page on each level of each of its trees. */
const RESERVE_BYTES = 128 * 1024;

/** The part of the free room that one process may use before it computes the room again, since others use it too. */
const SHARE = 1 / 16;

/** Internals of an lmdb database. Its `getStats()` has the same numbers, but also walks the whole list of free pages. */
interface Counted {
  readonly db: {
    stat(): {
      readonly pageSize: number;
      readonly treeBranchPageCount: number;
      readonly treeLeafPageCount: number;
      readonly overflowPages: number;
    };
  };
}

export class Capacity {
  readonly #environment: Environment;
  readonly #maxBytes: number;
  readonly #headroom: Headroom;
  readonly #reclaim: (times: Times) => boolean;
  /** Bytes that may be written before the room is computed again. */
  #budget = 0;
  #hasReserve = false;

  /** @param reclaim removes some expired or evictable entries, and returns whether there were any. */
  constructor(environment: Environment, maxBytes: number, reclaim: (times: Times) => boolean) {
    this.#environment = environment;
    this.#maxBytes = maxBytes;
    this.#headroom = new Headroom(environment.path, maxBytes);
    this.#reclaim = reclaim;
  }

  /**
   * Called in a write transaction before an entry is written. If there is no room, it removes expired entries, and then evictable
   * ones.
   *
   * @returns whether nothing had to be removed.
   * @throws StoreFullError
   */
  claim(key: string, text: string, times: Times): boolean {
    const bytes = key.length + text.length + ENTRY_BYTES;
    this.#budget -= bytes * SPREAD;
    if (this.#budget >= 0) return true;
    let free = this.#freeBytes(bytes);
    let isAsItWas = true;
    // Expired entries that the sweep has not come to yet must not cause a refusal.
    while (free < bytes && this.#reclaim(times)) {
      isAsItWas = false;
      free = this.#freeBytes(bytes);
    }
    if (free < bytes) {
      this.#budget = 0;
      throw new StoreFullError(this.#reason(bytes));
    }
    this.#budget = free * SHARE - bytes * SPREAD;
    return isAsItWas;
  }

  /**
   * Called first in a write transaction. Changes without a claim, such as deletions, use the reserve; a file without one gets it
   * here.
   *
   * @throws StoreFullError
   */
  keepReserve(): void {
    if (this.#hasReserve) return;
    const { entries, path } = this.#environment;
    if (!this.#headroom.has(dataEndOf(entries), RESERVE_BYTES)) {
      throw new StoreFullError(
        `The embedded store at ${path} is on a disk that is full; it can be read; make room there`,
      );
    }
    this.#hasReserve = true;
  }

  #reason(bytes: number): string {
    const { path } = this.#environment;
    const what =
      this.#maxBytes - this.#usedBytes() < this.#onDisk(bytes)
        ? `holds as much as its maxBytes (${this.#maxBytes}) allows; delete something, give entries a ttlMs, or raise the limit`
        : 'is on a disk that is nearly full; make room there, or delete something';
    return `The embedded store at ${path} ${what}`;
  }

  #freeBytes(bytes: number): number {
    return Math.min(this.#maxBytes - this.#usedBytes(), this.#onDisk(bytes));
  }

  /** Bytes that can still be written if `bytes` are wanted: into free pages of the file, and into its extension. */
  #onDisk(bytes: number): number {
    const end = dataEndOf(this.#environment.entries);
    return Math.max(end - this.#usedBytes(), 0) + this.#headroom.after(end, bytes);
  }

  /** The bytes of pages that hold data, without free pages. */
  #usedBytes(): number {
    const { entries, expiries, deadlines, evictables } = this.#environment;
    return [entries, expiries, deadlines, evictables].reduce((sum, database) => {
      const stats = counted(database).db.stat();
      const pages = stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages;
      return sum + pages * stats.pageSize;
    }, 0);
  }
}

/** lmdb's types do not have this. */
function counted(database: object): Counted {
  return database as Counted;
}
