/**
 * A lock file beside a control socket, held while a primary finds out whether another process listens there. It is made
 * with O_EXCL, which follows no link. Only a lock of this user is waited for: anything else with its name is an error at
 * once, because nobody would ever remove it.
 */

import { closeSync, fstatSync, openSync, rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { timeOfDay } from '@muster/codec/timers';
import { ControlSocketError } from '../../../errors.js';
import { lstatOf } from '../../../process/safe-stat.js';
import { uid } from './runtime-folder.js';
import { lockFault } from './trust.js';

/** Milliseconds after which the primary that held the lock must have died. */
const ABANDONED_MS = 10_000;
/** Milliseconds to wait for other primaries, each of which releases the lock, before the wait is an error. */
const TIMEOUT_MS = 30_000;

/** @throws ControlSocketError if the lock belongs to another user, or is not free in time */
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
    // By both clocks: the file may have any timestamp.
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

/** Its inode, or `undefined` if a file of that name exists. */
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

/** Leaves a lock that another process has made since. */
function removeIf(lock: string, inode: number): void {
  if (lstatOf(lock)?.ino === inode) rmSync(lock, { force: true });
}
