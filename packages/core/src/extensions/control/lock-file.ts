/**
 * A lock file beside a control socket, held for as long as it takes to find out whether somebody listens there. It is
 * made with O_EXCL, which follows no link. Only the user's own is waited for: whatever else has its name is an error, at
 * once, as nobody would ever give it back.
 */

import { closeSync, fstatSync, openSync, rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { timeOfDay } from '@muster/codec/timers';
import { ControlSocketError } from '../../errors.js';
import { lstatOf } from '../../process/safe-stat.js';
import { uid } from './runtime-folder.js';
import { lockFault } from './trust.js';

/** Milliseconds after which a lock is that of a primary that died with it. */
const ABANDONED_MS = 10_000;
/** Milliseconds to wait for others, each of whom gives it back, before the wait is an error. */
const TIMEOUT_MS = 30_000;

/** @throws ControlSocketError where the lock is somebody else's, or not to be had in time */
export async function withLockFile<Result>(
  path: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const lock = `${path}.lock`;
  const began = performance.now();
  let seen: number | undefined;
  let seenSince = began;
  let inode = acquire(lock);
  while (inode === undefined) {
    const now = performance.now();
    const held = look(lock);
    if (held && held.inode !== seen) [seen, seenSince] = [held.inode, now];
    // By both clocks: the file may have any time on it.
    if (held && (held.ageMs > ABANDONED_MS || now - seenSince > ABANDONED_MS)) {
      removeIf(lock, held.inode);
    } else if (now - began > TIMEOUT_MS) {
      throw new ControlSocketError(`${lock} was held for ${TIMEOUT_MS} ms.`);
    } else {
      await delay(5 + 20 * Math.random());
    }
    inode = acquire(lock);
  }
  try {
    return await work();
  } finally {
    removeIf(lock, inode);
  }
}

/** Its inode, or `undefined` where something has its name. */
function acquire(lock: string): number | undefined {
  try {
    const descriptor = openSync(lock, 'wx', 0o600);
    const { ino } = fstatSync(descriptor);
    closeSync(descriptor);
    return ino;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

function look(lock: string): { inode: number; ageMs: number } | undefined {
  const stats = lstatOf(lock);
  if (!stats) return undefined;
  const fault = lockFault(stats, uid);
  if (fault === undefined) return { inode: stats.ino, ageMs: timeOfDay() - stats.mtimeMs };
  throw new ControlSocketError(`${lock} is in the way: ${fault}.`);
}

/** Not the one that somebody has made since. */
function removeIf(lock: string, inode: number): void {
  if (lstatOf(lock)?.ino === inode) rmSync(lock, { force: true });
}
