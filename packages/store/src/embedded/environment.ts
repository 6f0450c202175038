// The LMDB files of one folder, as this process has them open.

import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database, RootDatabase } from 'lmdb';
import {
  DeadlineExceededError,
  InvalidArgumentError,
  StoreError,
  StoreFullError,
  StoreUnreachableError,
} from '../errors.js';
import type { Durability, EngineOptions } from '../shared-store.js';
import { allocateLockFile } from './allocate.js';
import { Clock } from './clock.js';
import { isNoRoom } from './failure.js';
import { DURABILITY, prepareFiles } from './files.js';
import { GATE_FOLDER, makeFolder, pageFolder, staleFolders } from './folders.js';
import { Gate } from './gate.js';
import { endOf, Headroom } from './headroom.js';
import { textKeyEncoder } from './keys.js';
import { landmarksOf, wordOf } from './landmarks.js';
import { loadNative } from './native.js';
import { isOpeningAccident, openRoot } from './open-root.js';
import { SharedPage, WORD } from './shared-page.js';
import { WriteLock } from './write-lock.js';

export interface Environment {
  readonly path: string;
  readonly page: SharedPage;
  readonly clock: Clock;
  /** The place of this process on the page. */
  readonly slot: number;
  /** To be held for every write transaction, */
  readonly lock: WriteLock;
  /** which is to pass this. */
  readonly gate: Gate;
  /**
   * Text by full key. The LMDB version of an entry is its end; see ends.ts.
   *
   * It is the unnamed database, which saves a page in each commit. LMDB keeps the names of the others in it; a
   * full key has a ":" and they have none, so they never meet.
   */
  readonly entries: RootDatabase<string, string | Uint8Array>;
  /** Which keys end when; see expiry-index.ts. */
  readonly expiries: Database<Uint8Array, Uint8Array>;
  /** The same of those that end by the time of day. */
  readonly deadlines: Database<Uint8Array, Uint8Array>;
  /** The same of those that may be dropped before. */
  readonly evictables: Database<Uint8Array, Uint8Array>;
  /** What changed lately, for those who watch; see feed-log.ts. */
  readonly feed: Database<Uint8Array, Uint8Array>;
  /** The version of the entry that this thread read last, found by `get`, `getEntry` or `doesExist`. */
  readonly lastVersion: () => number;
  /** For lmdb's reads outside of a write transaction. It holds a snapshot from the first one to `endRead`. */
  readonly read: ReadOptions;
  readonly endRead: () => void;
  /** Of the files that are open; see landmarks.ts. */
  readonly landmarks: string;
}

export type ReadOptions = { readonly transaction: ReturnType<RootDatabase['useReadTransaction']> };

/** Address space, not memory: so large that the map seldom has to move under a reader to grow. */
const MAP_BYTES = 16 * 1024 ** 3;

/**
 * Of a file that is new; one that is there keeps its own. A session of a kilobyte is on a page with seven others, so the tree
 * has a level less, and a write one page less, than with the system's 4,096. 16,384 was slower again: a write copies each.
 */
const PAGE_BYTES = 8_192;

/** A process takes one slot. Those of killed processes are freed when another one opens the files, or sweeps. */
const MAX_READERS = 1024;

type EnvironmentOptions = Pick<EngineOptions, 'durability' | 'deadlineMs' | 'maxBytes'> & {
  /** Where the clock of the files that were here before has come to. */
  readonly notBefore?: number;
};

/** Pauses after an accident (see open-root.ts) are of up to so many milliseconds. */
const PAUSE_MS = 20;

export async function openEnvironment(
  path: string,
  options: EnvironmentOptions,
): Promise<Environment> {
  const until = performance.now() + options.deadlineMs;
  for (;;) {
    try {
      return await attempt(path, options);
    } catch (cause) {
      if (cause instanceof StoreError) throw cause;
      const isTransient = cause instanceof FilesMovedError || isOpeningAccident(cause);
      if (isTransient && performance.now() < until) {
        await delay(randomInt(PAUSE_MS));
        continue;
      }
      if (isNoRoom(cause)) throw noRoomToOpen(path, cause);
      throw new StoreUnreachableError(
        `The embedded store at ${path} cannot be opened (${String(cause)}); ` +
          'see that the folder can be written, or move it away to start with an empty store',
        undefined,
        { cause },
      );
    }
  }
}

function noRoomToOpen(path: string, cause?: unknown): StoreFullError {
  return new StoreFullError(
    `The disk has no room for the files of the embedded store at ${path}; nothing was changed; make room there`,
    undefined,
    { cause },
  );
}

async function attempt(path: string, options: EnvironmentOptions): Promise<Environment> {
  await makeFolder(path);
  // Loaded here, so that a process on Redis never maps the native library.
  const lmdb = await import('lmdb');
  const native = loadNative();
  const page = await openPage(lmdb, native, path);
  try {
    return await openWith(lmdb, native, path, page, options);
  } catch (error) {
    await page.close();
    throw error;
  }
}

/** On a full disk, the page of another boot, which is of no use any more, makes room for that of this one. */
async function openPage(
  lmdb: typeof import('lmdb'),
  native: ReturnType<typeof loadNative>,
  path: string,
): Promise<SharedPage> {
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
  lmdb: typeof import('lmdb'),
  native: ReturnType<typeof loadNative>,
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
    const stale = await staleFolders(path);
    if (!(await lock.acquire(deadlineMs))) {
      throw new DeadlineExceededError(
        `The embedded store at ${path} could not be opened within ${deadlineMs} ms: ` +
          `it was written to all the while ${lock.describeHolder()}`,
      );
    }
    let gate: Gate | undefined;
    try {
      // Opening takes its lock, too.
      const isShared = page.isOpen();
      const opened = Gate.open(lmdb, join(path, GATE_FOLDER), isShared);
      gate = opened;
      return opened.pass(() => {
        agreeOnDurability(path, page, durability, isShared);
        if (isShared) agreeOnFiles(page, path);
        prepareFiles(path, durability, isShared);
        for (const folder of stale) rmSync(folder, { recursive: true, force: true });
        if (!isShared) allocateLockFile(path, MAX_READERS);
        const files = openFiles(lmdb, native, path, durability, new Headroom(path, maxBytes));
        const landmarks = landmarksOf(path);
        if (!isShared) Atomics.store(page.words, WORD.files, wordOf(path));
        const clock = new Clock(page.words);
        // Where nobody was here, nobody has counted whether the machine slept, and nobody holds anything.
        clock.advanceTo(isShared ? notBefore : Math.max(notBefore, Date.now()));
        page.markOpen(slot);
        return { path, page, clock, slot, lock, gate: opened, landmarks, ...files };
      });
    } catch (error) {
      await gate?.close();
      throw error;
    } finally {
      lock.release();
    }
  } catch (error) {
    page.leaveSlot(slot);
    throw error;
  }
}

/** Others may still have files open that were deleted or replaced. They are about to notice. */
function agreeOnFiles({ words }: SharedPage, path: string): void {
  const theirs = Atomics.load(words, WORD.files);
  if (theirs !== 0 && theirs !== wordOf(path)) throw new FilesMovedError();
}

class FilesMovedError extends Error {
  override readonly message = 'other processes use files that are not there any more';
}

/** What one process writes without flushing may not be mixed with what another flushes: LMDB's order would be lost. */
function agreeOnDurability(
  path: string,
  { words }: SharedPage,
  durability: Durability,
  isShared: boolean,
): void {
  if (isShared && Atomics.load(words, WORD.durability) !== DURABILITY[durability]) {
    throw new InvalidArgumentError(
      `Other processes have the embedded store at ${path} open, and not with the durability '${durability}'; ` +
        'give all of them the same',
    );
  }
  Atomics.store(words, WORD.durability, DURABILITY[durability]);
}

function openFiles(
  lmdb: typeof import('lmdb'),
  native: ReturnType<typeof loadNative>,
  path: string,
  durability: Durability,
  headroom: Headroom,
) {
  const options = {
    path,
    noSubdir: false,
    // A commit outlives the process at once, and the machine as soon as the kernel has written it.
    noSync: durability === 'process',
    // Of lmdb's own making: it flushes after the commit, on a thread, and an exit after a kill can spin in it.
    overlappingSync: false,
    maxReaders: MAX_READERS,
    mapSize: MAP_BYTES,
    pageSize: PAGE_BYTES,
    // Sessions live here: for the owner only. (lmdb reads the option, its types do not have it.)
    permissionsMode: 0o600,
  };
  const entries = openRoot<string, string | Uint8Array>(lmdb, {
    ...options,
    encoding: 'string',
    useVersions: true,
    keyEncoder: textKeyEncoder,
  });
  try {
    seeThatThereIsRoom(path, entries, headroom);
  } catch (error) {
    void entries.close();
    throw error;
  }
  const index = { encoding: 'binary', keyEncoding: 'binary' } as const;
  const expiries = entries.openDB<Uint8Array, Uint8Array>('expiries', index);
  const deadlines = entries.openDB<Uint8Array, Uint8Array>('deadlines', index);
  const evictables = entries.openDB<Uint8Array, Uint8Array>('evictables', index);
  const feed = entries.openDB<Uint8Array, Uint8Array>('feed', index);
  const transaction = entries.useReadTransaction();
  const { address } = transaction as unknown as { address: number };
  const endRead = (): void => native.resetTxn(address);
  endRead();
  const lastVersion = lmdb.getLastVersion;
  const read = { transaction };
  return { entries, expiries, deadlines, evictables, feed, lastVersion, read, endRead };
}

/** Bytes that LMDB takes for its databases in a file that is new. */
const FIRST_BYTES = 128 * 1024;

/** On a full disk lmdb may die; see headroom.ts. A file that has data has its databases, and can be read as it is. */
function seeThatThereIsRoom(path: string, entries: RootDatabase, headroom: Headroom): void {
  // lmdb counts the pages of a snapshot, and takes one only to read.
  entries.doesExist(GATE_FOLDER);
  const end = endOf(entries);
  entries.resetReadTxn();
  if (!headroom.has(end, FIRST_BYTES) && end < FIRST_BYTES) throw noRoomToOpen(path);
}

/** To be called when nothing of this process reads or writes any more. */
export async function closeEnvironment(environment: Environment): Promise<void> {
  const { clock, entries, gate, lock, page, slot } = environment;
  // Nobody should be opening what is closed now; see open-root.ts. Where others are in the way, it is closed all the same.
  const isAlone = await lock.acquire(CLOSING_MS);
  let closing: Promise<void> | undefined;
  const close = (): void => {
    closing = entries.close();
  };
  if (isAlone) gate.pass(close);
  else close();
  await closing;
  await gate.close();
  lock.release();
  page.leaveSlot(slot);
  clock.detach();
  await page.close();
}

/** Milliseconds. */
const CLOSING_MS = 500;
