// The LMDB files of one folder, as this process has them open.
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { StoreError, StoreUnreachableError } from '../errors.js';
import { checkDataFile } from './data-file.js';
import { Gate } from './gate.js';
import { textKeyEncoder } from './keys.js';

export interface Environment {
  readonly path: string;
  /** To be passed with every write transaction. */
  readonly gate: Gate;
  /**
   * Text by full key. The LMDB version of an entry is its expiry: milliseconds since the epoch, 0 for never.
   *
   * It is the unnamed database, which saves a page in each commit. LMDB keeps the names of the others in it; a
   * full key has a ":" and they have none, so they never meet.
   */
  readonly entries: RootDatabase<string, string | Uint8Array>;
  /** Which keys end when; see expiry-index.ts. */
  readonly expiries: Database<Uint8Array, Uint8Array>;
  /** The version of the entry that this thread read last, found by `get`, `getEntry` or `doesExist`. */
  readonly lastVersion: () => number;
}

/** Address space, not memory: so large that the map seldom has to move under a reader to grow. */
const MAP_BYTES = 16 * 1024 ** 3;

/** A process takes one slot. Those of killed processes are freed when another one opens the files, or writes. */
const MAX_READERS = 1024;

/** Below the store's own. */
const GATE_FOLDER = 'gate';

export async function openEnvironment(path: string): Promise<Environment> {
  try {
    // Loaded here, so that a process on Redis never maps the native library.
    const lmdb = await import('lmdb');
    await makeFolder(path);
    await checkDataFile(path);
    const options = {
      noSubdir: false,
      // A commit outlives the process at once, and the machine as soon as the kernel has written it.
      // With fsync a transaction takes milliseconds, and an exit after a kill can spin in mdb_env_sync.
      noSync: true,
      maxReaders: MAX_READERS,
      // Sessions live here: for the owner only. (lmdb reads the option, its types do not have it.)
      permissionsMode: 0o600,
    };
    const gate = new Gate(lmdb.open({ ...options, path: join(path, GATE_FOLDER) }));
    try {
      return gate.pass(() => {
        const entries = lmdb.open<string, string | Uint8Array>({
          ...options,
          path,
          mapSize: MAP_BYTES,
          encoding: 'string',
          useVersions: true,
          keyEncoder: textKeyEncoder,
        });
        const expiries = entries.openDB<Uint8Array, Uint8Array>('expiries', {
          encoding: 'binary',
          keyEncoding: 'binary',
        });
        return { path, gate, entries, expiries, lastVersion: lmdb.getLastVersion };
      });
    } catch (error) {
      await gate.close();
      throw error;
    }
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreUnreachableError(
      `The embedded store at ${path} cannot be opened (${String(cause)}); ` +
        'see that the folder can be written, or move it away to start with an empty store',
      undefined,
      { cause },
    );
  }
}

export async function closeEnvironment({ entries, gate }: Environment): Promise<void> {
  await entries.close();
  await gate.close();
}

/** Everything of Muster's in a working folder is under `.muster`, which git should not see. */
const OWN_FOLDER = '.muster';

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const parent = dirname(path);
  if (basename(parent) !== OWN_FOLDER) return;
  await writeFile(join(parent, '.gitignore'), '*\n', { flag: 'wx' }).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
