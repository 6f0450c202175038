// The LMDB files of one folder, as this process has them open.

import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { timeOfDay } from '@muster/codec/timers';
import type { Durability, EngineOptions } from '../../engine.js';
import { DeadlineExceededError, InvalidOptionError, StoreUnreachableError } from '../../errors.js';
import { isStoreRejection } from '../../rejection.js';
import { Headroom } from '../capacity/headroom.js';
import { atExit } from '../exit-hooks.js';
import { examineAfterCrashes } from '../files/crashes.js';
import { isDamage, isNoRoom, noRoomToOpen } from '../files/failure.js';
import { fileIdentityOf, fingerprintOf } from '../files/file-identity.js';
import { MUTEX_FOLDER, makeFolder, pageFolder, staleFolders } from '../files/folders.js';
import { DURABILITY, FilesMovedError, markDeadly, prepareFiles } from '../files/prepare-files.js';
import { allocateLockFile } from '../shared-memory/allocate.js';
import { Clock } from '../shared-memory/clock.js';
import { SharedPage, WORD } from '../shared-memory/shared-page.js';
import { type Databases, MAX_READERS, openDatabases } from './databases.js';
import { isOutOfDescriptors } from './descriptors.js';
import { type Lmdb, loadLmdb, type Native } from './native.js';
import { isOpeningAccident } from './open-root.js';
import { ProcessMutex } from './process-mutex.js';
import { WriteLock } from './write-lock.js';

export interface Environment extends Databases {
  readonly path: string;
  readonly page: SharedPage;
  readonly clock: Clock;
  /** The slot of this process on the page. */
  readonly slot: number;
  /** Must be held during every write transaction, */
  readonly lock: WriteLock;
  /** which must run inside this. */
  readonly mutex: ProcessMutex;
  /** Called before the first read of a snapshot. A process that dies before `endRead` has died while reading. */
  readonly beginRead: () => void;
  /** The identity of the open files; see file-identity.ts. */
  readonly fileIdentity: string;
  /** Cancels the exit hook that frees the slot. */
  readonly cancelExitHook: () => void;
}

type EnvironmentOptions = Pick<EngineOptions, 'durability' | 'deadlineMs' | 'maxBytes'> & {
  /** The time on the clock of the files that were open before. */
  readonly notBefore?: number;
};

/** The longest pause after an accident (see open-root.ts), in milliseconds. */
const PAUSE_MS = 20;

export async function openEnvironment(
  path: string,
  options: EnvironmentOptions,
): Promise<Environment> {
  const until = performance.now() + options.deadlineMs;
  let damages = 0;
  for (;;) {
    try {
      return await attempt(path, options);
    } catch (cause) {
      if (isStoreRejection(cause)) throw cause;
      const isDamaged = isDamage(cause);
      if (isDamaged && ++damages === 2) markDeadly(path);
      const isTransient = isDamaged || cause instanceof FilesMovedError || isOpeningAccident(cause);
      if (isTransient && performance.now() < until) {
        await delay(randomInt(PAUSE_MS));
        continue;
      }
      if (isNoRoom(cause)) throw noRoomToOpen(path, cause);
      const advice = isOutOfDescriptors(cause)
        ? 'raise the limit of open files (`ulimit -n`), or close some'
        : 'see that the folder can be written, or move it away to start with an empty store';
      throw new StoreUnreachableError(
        `The embedded store at ${path} cannot be opened (${String(cause)}); ${advice}`,
        undefined,
        { cause },
      );
    }
  }
}

async function attempt(path: string, options: EnvironmentOptions): Promise<Environment> {
  await makeFolder(path);
  const { lmdb, native } = await loadLmdb();
  const page = await openPage(lmdb, native, path);
  try {
    return await openWith(lmdb, native, path, page, options);
  } catch (error) {
    await page.close();
    throw error;
  }
}

/** On a full disk, it removes the page of another boot, which is of no use any more, to make room for the page of this boot. */
async function openPage(lmdb: Lmdb, native: Native, path: string): Promise<SharedPage> {
  const folder = pageFolder(path);
  try {
    return await SharedPage.open(lmdb, native, folder);
  } catch (error) {
    if (!isNoRoom(error)) throw error;
    const stale = (await staleFolders(path)).filter((other) => !other.startsWith(folder));
    if (stale.length === 0) throw error;
    for (const other of stale) rmSync(other, { recursive: true, force: true });
    return SharedPage.open(lmdb, native, folder);
  }
}

async function openWith(
  lmdb: Lmdb,
  native: Native,
  path: string,
  page: SharedPage,
  { durability, deadlineMs, maxBytes, notBefore = 0 }: EnvironmentOptions,
): Promise<Environment> {
  const slot = page.claimSlot();
  if (slot === undefined) {
    throw new StoreUnreachableError(`Too many processes use the embedded store at ${path} at once`);
  }
  try {
    const lock = new WriteLock(page, slot);
    await examineAfterCrashes(path, page, lock, deadlineMs);
    const stale = await staleFolders(path);
    if (!(await lock.acquire(deadlineMs))) {
      throw new DeadlineExceededError(
        `The embedded store at ${path} could not be opened within ${deadlineMs} ms: ` +
          `it was written to all the while ${lock.describeHolder()}`,
      );
    }
    let mutex: ProcessMutex | undefined;
    try {
      // Opening takes its lock, too.
      const isShared = page.isOpen();
      const opened = ProcessMutex.open(lmdb, join(path, MUTEX_FOLDER), isShared);
      mutex = opened;
      page.enter(slot);
      return opened.runExclusive(() => {
        agreeOnDurability(path, page, durability, isShared);
        if (isShared) agreeOnFiles(page, path);
        prepareFiles(path, durability, isShared);
        for (const folder of stale) rmSync(folder, { recursive: true, force: true });
        if (!isShared) allocateLockFile(path, MAX_READERS);
        const headroom = new Headroom(path, maxBytes);
        const databases = openDatabases(lmdb, native, path, durability, headroom);
        const beginRead = (): void => page.enter(slot);
        const endRead = (): void => {
          databases.endRead();
          page.leave(slot);
        };
        const fileIdentity = fileIdentityOf(path);
        if (!isShared) Atomics.store(page.words, WORD.files, fingerprintOf(path));
        const clock = new Clock(page.words);
        // If no process had the files open, none has counted how long the machine slept, and none holds a lease.
        clock.advanceTo(isShared ? notBefore : Math.max(notBefore, timeOfDay()));
        page.markOpen(slot);
        const cancelExitHook = atExit(() => page.leaveSlot(slot));
        const parts = {
          path,
          page,
          clock,
          slot,
          lock,
          mutex: opened,
          fileIdentity,
          cancelExitHook,
        };
        return { ...databases, ...parts, beginRead, endRead };
      });
    } catch (error) {
      await mutex?.close();
      throw error;
    } finally {
      page.leave(slot);
      lock.release();
    }
  } catch (error) {
    page.leaveSlot(slot);
    throw error;
  }
}

/** Other processes may still have deleted or replaced files open. They will notice soon. */
function agreeOnFiles({ words }: SharedPage, path: string): void {
  const theirs = Atomics.load(words, WORD.files);
  if (theirs !== 0 && theirs !== fingerprintOf(path)) throw new FilesMovedError();
}

/** Flushed and unflushed writes of different processes must not be mixed: LMDB relies on their order. */
function agreeOnDurability(
  path: string,
  { words }: SharedPage,
  durability: Durability,
  isShared: boolean,
): void {
  if (isShared && Atomics.load(words, WORD.durability) !== DURABILITY[durability]) {
    throw new InvalidOptionError(
      `Other processes have the embedded store at ${path} open, and not with the durability '${durability}'; ` +
        'give all of them the same',
    );
  }
  Atomics.store(words, WORD.durability, DURABILITY[durability]);
}

/** Called when this process neither reads nor writes any more. */
export async function closeEnvironment(environment: Environment): Promise<void> {
  const { clock, entries, mutex, lock, page, slot } = environment;
  // No other process should open the files while they are closed; see open-root.ts. If the lock is not free, they are closed anyway.
  const isAlone = await lock.acquire(CLOSING_MS);
  let closing: Promise<void> | undefined;
  const close = (): void => {
    closing = entries.close();
  };
  if (isAlone) mutex.runExclusive(close);
  else close();
  await closing;
  await mutex.close();
  lock.release();
  page.leaveSlot(slot);
  environment.cancelExitHook();
  clock.detach();
  await page.close();
}

/** Milliseconds. */
const CLOSING_MS = 500;
