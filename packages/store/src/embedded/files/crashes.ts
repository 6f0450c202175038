// Processes that died without a farewell: somebody killed them, or they died of the file.

import type { WriteLock } from '../lmdb/write-lock.js';
import { type SharedPage, SUSPICION, WORD } from '../shared-memory/shared-page.js';
import { ExaminedCopy } from './examination.js';
import { markDeadly } from './prepare-files.js';

/**
 * To be called before the files are opened. Where two have died in the middle of LMDB, or several elsewhere, the data file is
 * tried out. If it is deadly, it is marked, so that it will be set aside.
 */
export async function examineAfterCrashes(
  path: string,
  page: SharedPage,
  lock: WriteLock,
  deadlineMs: number,
): Promise<void> {
  page.countCrashes();
  if (Atomics.load(page.words, WORD.suspicion) <= SUSPICION.most) return;
  // Whoever looks into it leaves nothing for the next one.
  if (Atomics.exchange(page.words, WORD.suspicion, 0) <= SUSPICION.most) return;
  const copy = await copied(path, lock, deadlineMs);
  try {
    if (await copy?.isDeadly()) markDeadly(path);
  } finally {
    copy?.remove();
  }
}

/** `undefined` where it could not be made: then nothing is known. */
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
