// A page of memory that all processes of the machine map and change atomically.
import { statSync } from 'node:fs';
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { draftPrefix } from '../files/folders.js';
import type { Native } from '../lmdb/native.js';
import { openRoot } from '../lmdb/open-root.js';
import { allocateLockFile, writeZeros } from './allocate.js';
import { type Identity, identityOf, isAlive } from './processes.js';

type Lmdb = typeof import('lmdb');

/** The 32-bit words. All start as 0. */
export const WORD = {
  /** The process that may write now: its slot plus 1, or 0. */
  writer: 0,
  /** The process that removes expired entries: its slot plus 1. */
  sweeper: 1,
  /** Changes whenever the sweeper has worked. */
  sweeperBeat: 2,
  /** Changes whenever a watch begins or ends. */
  watchers: 3,
  /** Changes after a commit that watchers may be interested in. */
  changes: 4,
  /** Not 0: a watcher waits for the bell (see change-feed.ts). */
  asleep: 5,
  /** See DURABILITY of prepare-files.ts. */
  durability: 6,
  /** The identity of the open data files; see file-identity.ts. */
  files: 7,
  /** See clock.ts: 64 bits, */
  clockStart: 16,
  /** and seconds. */
  clockAhead: 18,
  /** The weight of all crashes that no process has looked into yet; see crashes.ts. */
  suspicion: 19,
} as const;

/** The weight of a crash in the middle of LMDB, and of one elsewhere, and the most that is tolerated. */
export const SUSPICION = { inside: 4, elsewhere: 1, most: 7 } as const;

/** The most processes that use the files at once. */
const SLOTS = 1024;
const BYTES_OF_SLOT = 8;
const SLOTS_AT = 256;
/** With one slot to spare, so that the words can be aligned to 64 bits. */
const OPEN_AT = SLOTS_AT + SLOTS * BYTES_OF_SLOT;
const PAGE_BYTES = OPEN_AT + (SLOTS + 1) * BYTES_OF_SLOT;

const KEY = Buffer.from('page');
const ATTEMPTS = 5;

/** Several times what LMDB needs for the page. All of it is on the disk. */
const MAP_BYTES = 128 * 1024;

const OPTIONS = {
  noSubdir: false,
  noSync: true,
  // The one place where what LMDB maps may be written to.
  useWritemap: true,
  mapSize: MAP_BYTES,
  maxReaders: SLOTS,
  // lmdb reads the option, its types do not have it.
  permissionsMode: 0o600,
  encoding: 'binary',
  keyEncoding: 'binary',
} as const;

/**
 * The page is the value of the only entry of an LMDB environment that is mapped writable. JavaScript's `Atomics` work on it as on
 * memory that threads share. Node offers no other shared memory between processes.
 *
 * Nobody writes to the environment after its creation, so the entry never moves. It is created in a folder with another name, which
 * is then renamed: it exists completely or not at all.
 */
export class SharedPage {
  readonly #environment: RootDatabase<Uint8Array, Uint8Array>;
  readonly words: Int32Array;
  /** The process of each slot. */
  readonly #slots: BigInt64Array;
  /** Whether that process has the data open. */
  readonly #open: Int32Array;
  /** Whether that process is in the middle of LMDB, which may crash it. */
  readonly #inside: Int32Array;

  private constructor(environment: RootDatabase<Uint8Array, Uint8Array>, bytes: Uint8Array) {
    const start = Math.ceil(bytes.byteOffset / BYTES_OF_SLOT) * BYTES_OF_SLOT;
    this.#environment = environment;
    this.words = new Int32Array(bytes.buffer, start, SLOTS_AT / 4);
    this.#slots = new BigInt64Array(bytes.buffer, start + SLOTS_AT, SLOTS);
    this.#open = new Int32Array(bytes.buffer, start + OPEN_AT, SLOTS);
    this.#inside = new Int32Array(bytes.buffer, start + OPEN_AT + SLOTS * 4, SLOTS);
  }

  /** @param folder where it is, or shall be. */
  static async open(lmdb: Lmdb, native: Native, folder: string): Promise<SharedPage> {
    await make(lmdb, folder);
    const environment = openRoot<Uint8Array, Uint8Array>(lmdb, { ...OPTIONS, path: folder });
    // This leaves the key where the native part finds it.
    environment.doesExist(KEY);
    const bytes = native.getSharedByBinary(addressOf(environment), KEY.length);
    environment.resetReadTxn();
    return new SharedPage(environment, bytes);
  }

  /** @returns the slot of this process; `undefined` if all are taken. */
  claimSlot(): number | undefined {
    const mine = identityOf(process.pid);
    if (mine === undefined) return undefined;
    for (let slot = 0; slot < SLOTS; slot++) {
      const theirs = Atomics.load(this.#slots, slot);
      if (theirs !== 0n && isAlive(theirs)) continue;
      if (Atomics.compareExchange(this.#slots, slot, theirs, mine) !== theirs) continue;
      Atomics.store(this.#open, slot, 0);
      // The previous process may have died while it held the write lock.
      Atomics.compareExchange(this.words, WORD.writer, slot + 1, 0);
      // Most such processes were killed. But damage by LMDB may also crash a process later, elsewhere.
      if (theirs !== 0n) Atomics.add(this.words, WORD.suspicion, SUSPICION.elsewhere);
      this.#countCrash(slot);
      return slot;
    }
    return undefined;
  }

  leaveSlot(slot: number): void {
    Atomics.store(this.#open, slot, 0);
    Atomics.store(this.#slots, slot, 0n);
  }

  /** The process of the slot; `undefined` if there is none, or it has ended. */
  holderOf(slot: number): Identity | undefined {
    const identity = Atomics.load(this.#slots, slot);
    return identity !== 0n && isAlive(identity) ? identity : undefined;
  }

  /** Called before LMDB is called. */
  enter(slot: number): void {
    this.#inside[slot] = 1;
  }

  /** Called when LMDB has returned. */
  leave(slot: number): void {
    this.#inside[slot] = 0;
  }

  /** Counts the processes that have died in the middle of LMDB since the last call. */
  countCrashes(): void {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (Atomics.load(this.#inside, slot) === 0 || this.holderOf(slot) !== undefined) continue;
      this.#countCrash(slot);
    }
  }

  #countCrash(slot: number): void {
    if (Atomics.exchange(this.#inside, slot, 0) === 0) return;
    Atomics.add(this.words, WORD.suspicion, SUSPICION.inside);
  }

  markOpen(slot: number): void {
    Atomics.store(this.#open, slot, 1);
  }

  /** Whether a process has the data open. */
  isOpen(): boolean {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (Atomics.load(this.#open, slot) !== 0 && this.holderOf(slot) !== undefined) return true;
    }
    return false;
  }

  /** The memory must not be used after that. */
  close(): Promise<void> {
    return this.#environment.close();
  }
}

async function make(lmdb: Lmdb, folder: string): Promise<void> {
  for (let attempt = 1; !(await exists(folder)); attempt++) {
    const draft = await mkdtemp(draftPrefix(folder));
    try {
      await fill(lmdb, draft);
      await rename(draft, folder);
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      // Another process was faster, or has tidied up.
      if (!(await exists(folder)) && attempt === ATTEMPTS) throw error;
    }
  }
}

/** Gives the files their full size on the disk before they are mapped and written to. */
async function fill(lmdb: Lmdb, draft: string): Promise<void> {
  allocateLockFile(draft, SLOTS);
  const options = { ...OPTIONS, path: draft };
  await openRoot(lmdb, { ...options, useWritemap: false }).close();
  const data = join(draft, 'data.mdb');
  writeZeros(data, statSync(data).size, MAP_BYTES);
  const environment = openRoot<Uint8Array, Uint8Array>(lmdb, options);
  environment.putSync(KEY, new Uint8Array(PAGE_BYTES));
  await environment.close();
}

async function exists(folder: string): Promise<boolean> {
  return (await stat(join(folder, 'data.mdb')).catch(() => undefined)) !== undefined;
}

function addressOf(environment: object): number {
  return (environment as { dbAddress: number }).dbAddress;
}
