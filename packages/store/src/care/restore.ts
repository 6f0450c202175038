// Restores a backup: replaces the contents of a store.
import { timeOfDay } from '@muster/codec/timers';
import type { Engine } from '../engine.js';
import { InvalidBackupError, InvalidOptionError, StoreRestoreIncompleteError } from '../errors.js';
import { readBackup, toStoreError } from './backup-file.js';
import { type BackupLine, isValue, memberKey } from './backup-lines.js';
import { BackupSource } from './backup-source.js';
import { keysOf } from './entries.js';
import { beginRestore, endRestore } from './restore-mark.js';
import { addMember, membersOf, removeMembers, setsOf } from './sorted-members.js';

/** The number of writes that are under way at a time. */
const BATCH = 256;
/** The most elements of a Set. */
const MAX_KEYS = 2 ** 24;

interface Contents {
  readonly entries: number;
  /** The full keys of values that have not expired, and of members. */
  readonly keys: ReadonlySet<string>;
}

/**
 * It reads the whole file first, then writes its entries, and then deletes all other entries of callers: an entry that is in both exists
 * all the time. The store's own entries stay, such as leases, whose holders live on. Entries that have expired since the backup are
 * skipped.
 *
 * It can be run again after any outcome. Until a restore has completed, the store is marked as incomplete (restore-mark.ts).
 *
 * @param open gives the store's engine; called once the file is known to be whole.
 * @returns how many entries were written.
 * @throws InvalidBackupError before anything is changed.
 * @throws StoreRestoreIncompleteError where it stopped after that.
 */
export async function restore(open: () => Promise<Engine>, path: string): Promise<number> {
  const source = await BackupSource.open(path).catch((error: unknown) => {
    throw toStoreError(error, `The backup ${path} could not be read`);
  });
  try {
    const contents = await contentsOf(source);
    return await replace(await open(), source, contents);
  } finally {
    await source.close();
  }
}

async function contentsOf(source: BackupSource): Promise<Contents> {
  const keys = new Set<string>();
  let entries = 0;
  for await (const line of readBackup(source)) {
    entries += 1;
    if (!isValue(line) || line[2] === null || line[2] > timeOfDay()) keys.add(keyOf(line));
    if (keys.size === MAX_KEYS) {
      throw new InvalidOptionError(
        `The file ${source.path} has ${MAX_KEYS} entries or more, and a restore takes fewer`,
      );
    }
  }
  return { entries, keys };
}

async function replace(
  engine: Engine,
  source: BackupSource,
  { entries, keys }: Contents,
): Promise<number> {
  const { path } = source;
  await beginRestore(engine, path);
  let written = 0;
  try {
    for await (const batch of batchesOf(source, keys)) {
      await Promise.all(batch.map((line) => write(engine, line)));
      written += batch.length;
    }
    await deleteOthers(engine, keys);
    await endRestore(engine);
  } catch (cause) {
    throw new StoreRestoreIncompleteError(
      `The restore of ${path} stopped after ${written} of ${entries} entries, and the store is not whole; run it again. It stopped because: ${reasonOf(cause)}`,
      undefined,
      { cause },
    );
  }
  return written;
}

function reasonOf(cause: unknown): string {
  // The file was complete a moment ago.
  if (cause instanceof InvalidBackupError) return 'the file was changed meanwhile';
  return cause instanceof Error ? cause.message : String(cause);
}

/** The entries to write, in the order of the file. An entry that expires meanwhile is written too, and removes the old one. */
async function* batchesOf(
  source: BackupSource,
  keys: ReadonlySet<string>,
): AsyncGenerator<BackupLine[]> {
  let batch: BackupLine[] = [];
  for await (const line of readBackup(source)) {
    if (!keys.has(keyOf(line))) continue;
    batch.push(line);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

function keyOf(line: BackupLine): string {
  return isValue(line) ? line[0] : memberKey(line.set, line.member);
}

async function write(engine: Engine, line: BackupLine): Promise<void> {
  if (!isValue(line)) return addMember(engine, line.set, line.member, line.score);
  const [key, text, endsAt] = line;
  await engine.set(key, text, endsAt === null ? 'never' : { until: endsAt }, 'always');
}

async function deleteOthers(engine: Engine, kept: ReadonlySet<string>): Promise<void> {
  for await (const keys of keysOf(engine)) {
    const others = keys.filter((key) => !kept.has(key));
    if (others.length > 0) await engine.delete(others);
  }
  for await (const set of setsOf(engine)) {
    for await (const members of membersOf(engine, set)) {
      const others = members.filter(({ member }) => !kept.has(memberKey(set, member)));
      await removeMembers(engine, set, others);
    }
  }
}
