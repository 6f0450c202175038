// A folder beside a backup for its unfinished parts, which contain all values of the store unencrypted.
import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import { timeOfDay } from '@muster/codec/timers';
import { identityOf, isAlive } from '../embedded/shared-memory/processes.js';

const NAME = /^\.muster-backup-([0-9a-f]{8})-([0-9a-f]{1,16})-\w{6}$/;
const DAY_MS = 86_400_000;

/** Removes the folder afterwards, and also those that killed processes have left beside it. */
export async function withScratchFolder<Result>(
  beside: string,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const me = (identityOf(pid) ?? BigInt(pid)).toString(16);
  const folder = await mkdtemp(join(beside, `.muster-backup-${placeOfProcesses()}-${me}-`));
  try {
    await removeRemains(beside);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function removeRemains(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, place, identity] = NAME.exec(name) ?? [];
    if (place === undefined) continue;
    const path = join(folder, name);
    // A folder that cannot be removed does no harm.
    const isOver = await isLeft(path, place, BigInt(`0x${identity}`)).catch(() => false);
    if (isOver) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

async function isLeft(path: string, place: string, identity: bigint): Promise<boolean> {
  const stats = await lstat(path);
  if (!stats.isDirectory() || stats.uid !== process.getuid?.()) return false;
  if (place === placeOfProcesses()) return !isAlive(identity);
  // It is from a container or a machine whose processes cannot be seen from here.
  return stats.mtimeMs < timeOfDay() - DAY_MS;
}

/** A hash that is equal for all processes that can see each other, and almost never for others. */
function placeOfProcesses(): string {
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid');
  } catch {
    // There is no /proc.
  }
  return createHash('sha256').update(`${hostname()} ${namespace}`).digest('hex').slice(0, 8);
}
