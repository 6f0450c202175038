// Keeps the data within `maxBytes`, and the disk from being full.
import { StoreFullError } from '../../errors.js';
import type { Environment } from '../lmdb/environment.js';
import type { Times } from './expiry-time.js';
import { dataEndOf, Headroom } from './headroom.js';

/** LMDB's own for an entry, its key's place in a branch page, and its line in the expiry index. */
const ENTRY_BYTES = 128;
/** Pages are half empty in the worst case. */
const SPREAD = 2;

/** Bytes for what one transaction changes at the least: a page on each level of each of its trees. */
const RESERVE_BYTES = 128 * 1024;

/** The part of the free room that one process may use before it looks again: others use it too. */
const SHARE = 1 / 16;

/** What lmdb knows of a database. Its `getStats()` says it too, and walks the whole list of free pages besides. */
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
  /** Bytes that may be written without another look. */
  #budget = 0;
  #hasReserve = false;

  /** @param reclaim removes some of what is over, or may be dropped, and says whether there was any. */
  constructor(environment: Environment, maxBytes: number, reclaim: (times: Times) => boolean) {
    this.#environment = environment;
    this.#maxBytes = maxBytes;
    this.#headroom = new Headroom(environment.path, maxBytes);
    this.#reclaim = reclaim;
  }

  /**
   * To be called in a write transaction, before an entry is put. Where there is no room, what has expired goes first,
   * then what was declared evictable.
   *
   * @returns whether nothing had to go.
   * @throws StoreFullError
   */
  claim(key: string, text: string, times: Times): boolean {
    const bytes = key.length + text.length + ENTRY_BYTES;
    this.#budget -= bytes * SPREAD;
    if (this.#budget >= 0) return true;
    let free = this.#freeBytes(bytes);
    let isAsItWas = true;
    // What has expired must not keep anything out, and the sweep may not have come to it yet.
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
   * To be called first in a write transaction. What is not claimed, such as a deletion, has the room that is kept back for
   * it; a file that came here without any is given some first.
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

  /** Bytes that can still be written, where `bytes` are wanted: into pages of the file that are free, and by making it longer. */
  #onDisk(bytes: number): number {
    const end = dataEndOf(this.#environment.entries);
    return Math.max(end - this.#usedBytes(), 0) + this.#headroom.after(end, bytes);
  }

  /** Pages that hold data, not those that are free to be used again. */
  #usedBytes(): number {
    const { entries, expiries, deadlines, evictables } = this.#environment;
    return [entries, expiries, deadlines, evictables].reduce((sum, database) => {
      const stats = counted(database).db.stat();
      const pages = stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages;
      return sum + pages * stats.pageSize;
    }, 0);
  }
}

/** lmdb's types do not have it. */
function counted(database: object): Counted {
  return database as Counted;
}
