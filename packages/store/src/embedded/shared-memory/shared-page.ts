// A few words of memory that all processes of the machine map, and change atomically.
import { statSync } from 'node:fs';
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import type { Native } from '../lmdb/native.js';
import { openRoot } from '../lmdb/open-root.js';
import { allocateLockFile, writeZeros } from './allocate.js';
import { type Identity, identityOf, isAlive } from './processes.js';

type Lmdb = typeof import('lmdb');

/** The 32-bit words. All start as 0. */
export const WORD = {
  /** Who may write to the data now: a slot plus 1, 0 for nobody. */
  writer: 0,
  /** Who removes what has expired: a slot plus 1. */
  sweeper: 1,
  /** Changes whenever the sweeper was at work. */
  sweeperBeat: 2,
  /** Changes whenever someone begins or ends to watch. */
  watchers: 3,
  /** Changes after a commit that those who watch may want to know of. */
  changes: 4,
  /** Not 0: someone who watches waits to be rung for. */
  asleep: 5,
  /** See DURABILITY of prepare-files.ts. */
  durability: 6,
  /** Which files those have open who have the data open; see file-identity.ts. */
  files: 7,
  /** See clock.ts: 64 bits, */
  clockStart: 16,
  /** and seconds. */
  clockAhead: 18,
  /** How suspicious the deaths of processes are that nobody has looked into yet; see crashes.ts. */
  suspicion: 19,
} as const;

/** What a death without a farewell adds, in the middle of LMDB and elsewhere, and how much of it is too much. */
export const SUSPICION = { inside: 4, elsewhere: 1, most: 7 } as const;

/** Processes that use the files at once. */
const SLOTS = 1024;
const BYTES_OF_SLOT = 8;
const SLOTS_AT = 256;
/** Some to spare: the words begin where a 64-bit one may. */
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
 * The value of the one entry of an LMDB environment of its own, which is mapped writable. JavaScript's `Atomics` work on
 * it as they do on memory that threads share; there is no other way to that between processes in Node.
 *
 * Nobody writes to the environment after it was made, so the entry stays where it is. It is made in a folder of another
 * name and then renamed: it is there as a whole or not at all.
 */
export class SharedPage {
  readonly #environment: RootDatabase<Uint8Array, Uint8Array>;
  readonly words: Int32Array;
  /** The process that has the slot. */
  readonly #slots: BigInt64Array;
  /** Whether it has opened the data. */
  readonly #open: Int32Array;
  /** Whether it is in the middle of LMDB, which may end it by a signal. */
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

  /** @returns the place of this process among those that use the files; `undefined` where all are taken. */
  claimSlot(): number | undefined {
    const mine = identityOf(process.pid);
    if (mine === undefined) return undefined;
    for (let slot = 0; slot < SLOTS; slot++) {
      const theirs = Atomics.load(this.#slots, slot);
      if (theirs !== 0n && isAlive(theirs)) continue;
      if (Atomics.compareExchange(this.#slots, slot, theirs, mine) !== theirs) continue;
      Atomics.store(this.#open, slot, 0);
      // Its owner may have died with it.
      Atomics.compareExchange(this.words, WORD.writer, slot + 1, 0);
      // Most are killed. But what LMDB has spoilt may also end a process later, somewhere else.
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

  /** Who has the slot; `undefined` where nobody has, or a process that is gone. */
  holderOf(slot: number): Identity | undefined {
    const identity = Atomics.load(this.#slots, slot);
    return identity !== 0n && isAlive(identity) ? identity : undefined;
  }

  /** To be called before LMDB is. */
  enter(slot: number): void {
    this.#inside[slot] = 1;
  }

  /** And when it has returned. */
  leave(slot: number): void {
    this.#inside[slot] = 0;
  }

  /** Adds to the suspicion for those that died in the middle of LMDB since this was called last. */
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

  /** The memory is gone after that. */
  close(): Promise<void> {
    return this.#environment.close();
  }
}

async function make(lmdb: Lmdb, folder: string): Promise<void> {
  for (let attempt = 1; !(await exists(folder)); attempt++) {
    const draft = await mkdtemp(`${folder}.`);
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

/** What is written to memory here later has its room on the disk before. */
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
