// Opens the files of an LMDB environment, or throws and leaves nothing open.
import type { RootDatabase, RootDatabaseOptionsWithPath } from 'lmdb';

type Lmdb = typeof import('lmdb');

/** What lmdb's `openAsClass` gives; its types say otherwise. */
interface Root {
  new (name: null, options: object): RootDatabase<never, never>;
  readonly prototype: { close(): Promise<void> };
}

/**
 * As lmdb's `open`. That one keeps the environment open where it fails after opening it, and would find it again.
 *
 * It fails now and then without fault of ours (`isOpeningAccident`): LMDB destroys the mutexes in its lock file when
 * the last process closes it, also where another one is just opening it and waits for that; see `mdb_env_close_active`
 * in its mdb.c. Whoever tries again soon finds the file unused, and makes new ones.
 */
export function openRoot<Value, Key extends string | Uint8Array>(
  lmdb: Lmdb,
  options: RootDatabaseOptionsWithPath,
): RootDatabase<Value, Key> {
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
