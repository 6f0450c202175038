// Allocates the disk space of files that LMDB maps and writes to, before it maps them.
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The layout of the lock file in lmdb 3's mdb.c: a header, then a line for each reader but the first. */
const HEADER_BYTES = 272;
const READER_BYTES = 64;

const BLOCK_BYTES = 512;

/**
 * Touching a page of a mapped file for which the disk has no room raises SIGBUS. LMDB creates its lock file sparse, so a new reader
 * may crash. In a file that is not in use, LMDB expects zeros.
 *
 * Call it when no process, this one included, has the lock file open: closing the file here would end LMDB's locks on it.
 *
 * @param folder that exists.
 * @param readers LMDB's `maxReaders`.
 * @throws the system's error where there is no room.
 */
export function allocateLockFile(folder: string, readers: number): void {
  const path = join(folder, 'lock.mdb');
  const bytes = HEADER_BYTES + (readers - 1) * READER_BYTES;
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats && stats.size >= bytes && stats.blocks * BLOCK_BYTES >= stats.size) return;
  writeZeros(path, 0, Math.max(bytes, stats?.size ?? 0));
}

/** Writes all zeros, or throws the system's error. Creates the file if there is none. */
export function writeZeros(path: string, from: number, to: number): void {
  const zeros = Buffer.alloc(to - from);
  const file = openSync(path, from === 0 ? 'w' : 'r+', 0o600);
  try {
    for (let at = from; at < to; ) at += writeSync(file, zeros, at - from, to - at, at);
  } finally {
    closeSync(file);
  }
}
