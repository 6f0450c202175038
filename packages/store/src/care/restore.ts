// The way back: a store as a backup has it.
import type { Engine } from '../engine.js';
import { type BackupEntry, readBackup } from './backup-file.js';
import { isOwn, keysOf } from './entries.js';

/** How many writes are under way at a time. */
const BATCH = 256;

/**
 * Looks through the whole file first, deletes what callers have stored, and then writes what the file has. What the store
 * keeps for itself stays, such as leases, whose holders live on. What has ended since the backup is left out.
 *
 * @returns how many entries were written.
 * @throws InvalidBackupError before anything is changed.
 */
export async function restore(engine: Engine, path: string): Promise<number> {
  for await (const _ of readBackup(path));
  for await (const keys of keysOf(engine)) if (keys.length > 0) await engine.delete(keys);
  let written = 0;
  let batch: BackupEntry[] = [];
  const write = async () => {
    await Promise.all(
      batch.map(([key, text, endsAt]) => {
        const lifetime = endsAt === null ? 'never' : { until: endsAt };
        return engine.set(key, text, lifetime, 'always');
      }),
    );
    written += batch.length;
    batch = [];
  };
  for await (const entry of readBackup(path)) {
    const [key, , endsAt] = entry;
    if (isOwn(key) || (endsAt !== null && endsAt <= Date.now())) continue;
    batch.push(entry);
    if (batch.length === BATCH) await write();
  }
  await write();
  return written;
}
