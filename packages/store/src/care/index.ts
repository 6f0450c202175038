// `@muster/store/care`: what the `muster store` command does with a store, besides what every program can.
import { existsSync } from 'node:fs';
import { durabilityOf } from '../embedded/files/prepare-files.js';
import type { Engine } from '../engine.js';
import { InvalidOptionError, StoreUnreachableError } from '../errors.js';
import { RootView } from '../open/root-view.js';
import { createSharedStore, type SharedStoreOptions } from '../open/shared-store.js';
import { resolveStoreTarget } from '../open/target.js';
import type { SharedStore } from '../store.js';
import { restore } from './restore.js';
import { type UnfinishedRestore, unfinishedRestore } from './restore-mark.js';
import { type NamespaceStat, stat } from './stat.js';

export type { UnfinishedRestore } from './restore-mark.js';
export type { NamespaceStat } from './stat.js';

/**
 * The store that `createSharedStore(options)` would give, where there is one: none is made. One that was made with a
 * `durability` keeps it.
 *
 * @throws StoreUnreachableError where there is none.
 * @throws InvalidOptionError for one in memory, which another process cannot have.
 */
export function openExisting(options: SharedStoreOptions = {}): SharedStore {
  const path = missingStore(options);
  if (path === undefined) return openOrMake(options);
  throw new StoreUnreachableError(
    `There is no store at ${path}; go to the folder of the app, or say which one with its URL, as lmdb:/srv/app/.muster/store`,
  );
}

/**
 * The path of the store where there is none yet; `undefined` where there is one, or where it is for a server to say.
 *
 * @throws InvalidOptionError as `openExisting`.
 */
export function missingStore(options: SharedStoreOptions = {}): string | undefined {
  const target = resolveStoreTarget(options);
  if (target.engine === 'memory') {
    throw new InvalidOptionError(
      'A memory: store lives in its process, and no other one can look into it; name a store with lmdb: or redis:',
    );
  }
  return target.engine === 'embedded' && !existsSync(target.path) ? target.path : undefined;
}

/** As `openExisting`. Where there is no store, the first call to it makes one. */
export function openOrMake(options: SharedStoreOptions = {}): SharedStore {
  const target = resolveStoreTarget(options);
  if (target.engine !== 'embedded') return createSharedStore(options);
  const durability = durabilityOf(target.path);
  const asItIs = durability === undefined ? {} : { durability };
  return createSharedStore({ maxBytes: Number.MAX_SAFE_INTEGER, ...asItIs, ...options });
}

/**
 * Makes the store as the backup has it: what it holds otherwise is deleted. A key that is in both is there all the while, with
 * one of its two values. The keys of the backup are held in memory meanwhile.
 *
 * @returns how many entries were written.
 * @throws InvalidBackupError where the file is no backup, or not as it was written: before anything is changed.
 * @throws StoreRestoreIncompleteError where it stopped after that, and says where. Run again, it begins anew.
 */
export async function restoreBackup(store: SharedStore, path: string): Promise<number> {
  return restore(() => engineOf(store), path);
}

/** The restore of this store that has begun and not ended: it is under way, or was cut short. */
export async function restoreUnderWay(store: SharedStore): Promise<UnfinishedRestore | undefined> {
  return unfinishedRestore(await engineOf(store));
}

/** What the store holds, by namespace. Reads all of it. */
export async function describeStore(store: SharedStore): Promise<NamespaceStat[]> {
  return stat(await engineOf(store));
}

async function engineOf(store: SharedStore): Promise<Engine> {
  if (store instanceof RootView) return store.opened();
  throw new InvalidOptionError(
    'The store is none that createSharedStore() made, or of another copy of @muster/store; install one copy of it',
  );
}
