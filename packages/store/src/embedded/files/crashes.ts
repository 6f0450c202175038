// Looks into the ends of processes that did not close the store: they were killed, or the data file has crashed them.

import type { WriteLock } from '../lmdb/write-lock.js';
import { type SharedPage, SUSPICION, WORD } from '../shared-memory/shared-page.js';
import { ExaminedCopy } from './examination.js';
import { markDeadly } from './prepare-files.js';

/**
 * Call it before the files are opened. If two processes have died in the middle of LMDB, or several elsewhere, a child process tries
 * the data file. If the file is deadly, it is marked, so that it will be set aside.
 */
export async function examineAfterCrashes(
  path: string,
  page: SharedPage,
  lock: WriteLock,
  deadlineMs: number,
): Promise<void> {
  page.countCrashes();
  if (Atomics.load(page.words, WORD.suspicion) <= SUSPICION.most) return;
  // Only one process looks into it.
  if (Atomics.exchange(page.words, WORD.suspicion, 0) <= SUSPICION.most) return;
  const copy = await copied(path, lock, deadlineMs);
  try {
    if (await copy?.isDeadly()) markDeadly(path);
  } finally {
    copy?.remove();
  }
}

/** `undefined` if the copy could not be made. */
async function copied(
  path: string,
  lock: WriteLock,
  deadlineMs: number,
): Promise<ExaminedCopy | undefined> {
  if (!(await lock.acquire(deadlineMs))) return undefined;
  try {
    return new ExaminedCopy(path);
  } catch {
    return undefined;
  } finally {
    lock.release();
  }
}
