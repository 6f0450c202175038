// Extends the data file on the disk before LMDB needs the room.
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { StoreUnreachableError } from '../../errors.js';

const MOST_BYTES = 4 * 1024 ** 2;
const LEAST_BYTES = 512 * 1024;
const CHUNK = Buffer.alloc(128 * 1024);

/**
 * On a full disk, lmdb 3.5 writes its error message beyond the end of a buffer, and the process may crash (`mdb_page_flush` of its
 * mdb.c). So the file is extended ahead of LMDB by writes that fail with an error. LMDB tolerates the extra room: it knows where its
 * data ends.
 *
 * A quarter of the room is reserved for deletions: LMDB writes a changed page to another place.
 */
export class Headroom {
  readonly #path: string;
  readonly #bytes: number;

  /** @param folder of the data file. */
  constructor(folder: string, maxBytes: number) {
    this.#path = join(folder, 'data.mdb');
    this.#bytes = Math.min(Math.max(maxBytes / 4, LEAST_BYTES), MOST_BYTES);
  }

  /**
   * Call it when nobody else writes.
   *
   * @param end of LMDB's data in the file.
   * @param wanted bytes that are to be written at once.
   * @returns bytes that can be written after `end`; below 0 if only the reserve is left.
   */
  after(end: number, wanted: number): number {
    let size = this.#size();
    if (size - end < this.#bytes / 2 + wanted)
      size = this.#extend(size, end + this.#bytes + wanted);
    return size - end - this.#bytes / 4;
  }

  /** Call it when nobody else writes. @returns whether `wanted` bytes can be written after the end of LMDB's data. */
  has(end: number, wanted: number): boolean {
    let size = this.#size();
    if (size - end < wanted) size = this.#extend(size, end + wanted);
    return size - end >= wanted;
  }

  #size(): number {
    const stats = statSync(this.#path, { throwIfNoEntry: false });
    if (stats) return stats.size;
    throw new StoreUnreachableError(
      `The data file ${this.#path} was deleted or replaced; nothing was changed; it is opened anew within a second`,
    );
  }

  /** @returns the new size of the file. */
  #extend(from: number, to: number): number {
    const file = openSync(this.#path, 'r+');
    let size = from;
    try {
      while (size < to) size += writeSync(file, CHUNK, 0, CHUNK.length, size);
    } catch {
      // No room: the size shows it.
    } finally {
      closeSync(file);
    }
    return size;
  }
}

/** Internals of an lmdb environment, which its types do not have. */
interface Counted {
  readonly db: { stat(): { readonly pageSize: number } };
  readonly env: { info(): { readonly lastPageNumber: number } };
}

/** The end of LMDB's data in its file. */
export function dataEndOf(entries: object): number {
  const { db, env } = entries as Counted;
  return (env.info().lastPageNumber + 1) * db.stat().pageSize;
}
