// The way back: a store as a backup has it.
import { timeOfDay } from '@muster/codec/timers';
import type { Engine } from '../engine.js';
import { StoreRestoreIncompleteError } from '../errors.js';
import { type BackupLine, isValue, readBackup } from './backup-file.js';
import { isOwn, keysOf } from './entries.js';
import { beginRestore, endRestore } from './restore-mark.js';
import { addMember, removeSet, setsOf } from './sorted-members.js';

/** How many writes are under way at a time. */
const BATCH = 256;

/**
 * Looks through the whole file first, deletes what callers have stored, and then writes what the file has. What the store
 * keeps for itself stays, such as leases, whose holders live on. What has ended since the backup is left out.
 *
 * It can be run again, whatever became of it; until one has ended, the store says that it is not whole (restore-mark.ts).
 *
 * @returns how many entries were written.
 * @throws InvalidBackupError before anything is changed.
 * @throws StoreRestoreIncompleteError where it stopped after that.
 */
export async function restore(engine: Engine, path: string): Promise<number> {
  let entries = 0;
  for await (const _ of readBackup(path)) entries++;
  await beginRestore(engine, path);
  let written = 0;
  try {
    await clear(engine);
    for await (const batch of batchesOf(path)) {
      await Promise.all(batch.map((line) => write(engine, line)));
      written += batch.length;
    }
    await endRestore(engine);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StoreRestoreIncompleteError(
      `The restore of ${path} stopped after ${written} of ${entries} entries, and the store is not whole; run it again. It stopped because: ${reason}`,
      undefined,
      { cause },
    );
  }
  return written;
}

async function clear(engine: Engine): Promise<void> {
  for await (const keys of keysOf(engine)) if (keys.length > 0) await engine.delete(keys);
  for await (const set of setsOf(engine)) await removeSet(engine, set);
}

/** What is to be written, in the order of the file. */
async function* batchesOf(path: string): AsyncGenerator<BackupLine[]> {
  let batch: BackupLine[] = [];
  for await (const line of readBackup(path)) {
    if (isValue(line) && (isOwn(line[0]) || (line[2] !== null && line[2] <= timeOfDay()))) continue;
    batch.push(line);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

async function write(engine: Engine, line: BackupLine): Promise<void> {
  if (!isValue(line)) return addMember(engine, line.set, line.member, line.score);
  const [key, text, endsAt] = line;
  await engine.set(key, text, endsAt === null ? 'never' : { until: endsAt }, 'always');
}
