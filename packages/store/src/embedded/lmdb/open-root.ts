// Opens the files of an LMDB environment, or throws and leaves nothing open.
import type { RootDatabase, RootDatabaseOptionsWithPath } from 'lmdb';
import { requireDescriptors } from './descriptors.js';

type Lmdb = typeof import('lmdb');

/** The result of lmdb's `openAsClass`; its types are wrong. */
interface Root {
  new (name: null, options: object): RootDatabase<never, never>;
  readonly prototype: { close(): Promise<void> };
}

/**
 * Like lmdb's `open`, which leaves the environment open if it fails after opening it, and would reuse it.
 *
 * Opening may fail by accident (`isOpeningAccident`): LMDB destroys the mutexes in its lock file when the last process closes it, even
 * if another process is just opening it and waits for them; see `mdb_env_close_active` in its mdb.c. A second attempt finds the file
 * unused, and creates new mutexes.
 */
export function openRoot<Value, Key extends string | Uint8Array>(
  lmdb: Lmdb,
  options: RootDatabaseOptionsWithPath,
): RootDatabase<Value, Key> {
  requireDescriptors();
  const Store = lmdb.openAsClass(options) as unknown as Root;
  try {
    return new Store(null, { ...options, isRoot: true }) as unknown as RootDatabase<Value, Key>;
  } catch (error) {
    Store.prototype.close.call(Object.assign(Object.create(Store.prototype), { isRoot: true }));
    throw error;
  }
}

export function isOpeningAccident(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Invalid argument');
}
