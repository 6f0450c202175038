// The databases in the data file, and how LMDB is to open it.
import type { Database, RootDatabase } from 'lmdb';
import type { Durability } from '../../engine.js';
import { dataEndOf, type Headroom } from '../capacity/headroom.js';
import { noRoomToOpen } from '../files/failure.js';
import { MUTEX_FOLDER } from '../files/folders.js';
import { textKeyEncoder } from './keys.js';
import type { Native } from './native.js';
import { openRoot } from './open-root.js';

export interface Databases {
  /**
   * Text by full key. The LMDB version of an entry is its end; see expiry-time.ts.
   *
   * It is the unnamed database, which saves a page in each commit. LMDB keeps the names of the others in it; a
   * full key has a ":" and they have none, so they never meet.
   */
  readonly entries: RootDatabase<string, string | Uint8Array>;
  /** The keys by their ends; see expiry-index.ts. */
  readonly expiries: Database<Uint8Array, Uint8Array>;
  /** The same for keys that end by the time of day. */
  readonly deadlines: Database<Uint8Array, Uint8Array>;
  /** The same for evictable keys. */
  readonly evictables: Database<Uint8Array, Uint8Array>;
  /** Recent changes, for watchers; see change-log.ts. */
  readonly feed: Database<Uint8Array, Uint8Array>;
  /** The version of the last entry that this thread found by `get`, `getEntry` or `doesExist`. */
  readonly lastVersion: () => number;
  /** For reads outside of a write transaction. It holds a snapshot from the first read to `endRead`. */
  readonly read: ReadOptions;
  readonly endRead: () => void;
}

export type ReadOptions = { readonly transaction: ReturnType<RootDatabase['useReadTransaction']> };

/** Address space, not memory: so large that the map seldom has to move under a reader to grow. */
const MAP_BYTES = 16 * 1024 ** 3;

/**
 * The page size of a new file; an existing file keeps its own. A page holds eight sessions of a kilobyte, so the tree has one level
 * less, and a write copies one page less, than with the system's 4,096. 16,384 was slower again, since a write copies whole pages.
 */
const PAGE_BYTES = 8_192;

/** A process takes one slot. Those of killed processes are freed when another one opens the files, or sweeps. */
export const MAX_READERS = 1024;

/** @throws StoreFullError, or what LMDB says. */
export function openDatabases(
  lmdb: typeof import('lmdb'),
  native: Native,
  path: string,
  durability: Durability,
  headroom: Headroom,
): Databases {
  const options = {
    path,
    noSubdir: false,
    // A commit outlives the process at once, and the machine as soon as the kernel has written it.
    noSync: durability === 'process',
    // A feature of lmdb: it flushes after the commit, on a thread, and an exit after a kill can spin in it.
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

/** On a full disk lmdb may crash; see headroom.ts. A file with data already has its databases, and can be read. */
function seeThatThereIsRoom(path: string, entries: RootDatabase, headroom: Headroom): void {
  // lmdb counts the pages of a snapshot, and takes one only to read.
  entries.doesExist(MUTEX_FOLDER);
  const end = dataEndOf(entries);
  entries.resetReadTxn();
  if (!headroom.has(end, FIRST_BYTES) && end < FIRST_BYTES) throw noRoomToOpen(path);
}
