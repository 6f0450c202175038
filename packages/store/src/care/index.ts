// `@muster/store/care`: the calls that the `muster store` command needs beyond the contract of a store.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { damageOf } from '../embedded/files/data-file.js';
import { durabilityOf } from '../embedded/files/prepare-files.js';
import type { Engine } from '../engine.js';
import { InvalidOptionError, StoreUnreachableError } from '../errors.js';
import { RootView } from '../open/root-view.js';
import { createSharedStore, type SharedStoreOptions } from '../open/shared-store.js';
import { resolveStoreTarget } from '../open/target.js';
import type { SharedStore } from '../store.js';
import { type LeaseLook, type LimitLook, lookAtLeases, lookAtLimits } from './look.js';
import type { Look, LookLimits } from './own-entries.js';
import { restore } from './restore.js';
import { type UnfinishedRestore, unfinishedRestore } from './restore-mark.js';
import { type NamespaceStat, stat } from './stat.js';

export type { LeaseHolder, LeaseLook, LeaseParty, LimitLook } from './look.js';
export type { Look, LookLimits } from './own-entries.js';
export type { UnfinishedRestore } from './restore-mark.js';
export type { NamespaceStat } from './stat.js';

/**
 * What is wrong with the data file of an embedded store, as far as its first pages say it; `undefined`: nothing. Only reads:
 * to open a store that is damaged sets its file aside.
 *
 * @param path of the store. @throws the system's error if there is no data file, or it cannot be read
 */
export function storeDamage(path: string): string | undefined {
  return damageOf(join(path, 'data.mdb'));
}

/**
 * Like `createSharedStore(options)`, but only for a store that exists. An existing store keeps its `durability`.
 *
 * @throws StoreUnreachableError if there is no store.
 * @throws InvalidOptionError for a store in memory, which another process cannot open.
 */
export function openExisting(options: SharedStoreOptions = {}): SharedStore {
  const path = missingStore(options);
  if (path === undefined) return openOrMake(options);
  throw new StoreUnreachableError(
    `There is no store at ${path}; go to the folder of the app, or say which one with its URL, as lmdb:/srv/app/.muster/store`,
  );
}

/**
 * The path of the store if it does not exist yet; `undefined` if it exists, or is on a server.
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

/** Like `openExisting`, but the first call creates the store if there is none. */
export function openOrMake(options: SharedStoreOptions = {}): SharedStore {
  const target = resolveStoreTarget(options);
  if (target.engine !== 'embedded') return createSharedStore(options);
  const durability = durabilityOf(target.path);
  const asItIs = durability === undefined ? {} : { durability };
  return createSharedStore({ maxBytes: Number.MAX_SAFE_INTEGER, ...asItIs, ...options });
}

/**
 * Replaces the contents of the store by the backup. A key that is in both exists all the time, with one of its two values. The keys of
 * the backup are held in memory meanwhile.
 *
 * @returns how many entries were written.
 * @throws InvalidBackupError if the file is not a backup, or was changed; nothing was changed in the store.
 * @throws StoreRestoreIncompleteError if it stopped after that; it says where. Run again, it starts over.
 */
export async function restoreBackup(store: SharedStore, path: string): Promise<number> {
  return restore(() => engineOf(store), path);
}

/** The restore of this store that has begun and not completed: it is under way, or was cut short. */
export async function restoreUnderWay(store: SharedStore): Promise<UnfinishedRestore | undefined> {
  return unfinishedRestore(await engineOf(store));
}

/** The contents of the store by namespace. It reads all of them. */
export async function describeStore(store: SharedStore): Promise<NamespaceStat[]> {
  return stat(await engineOf(store));
}

/** Who holds the locks, semaphores, leaderships and read-write locks of the store, and who waits for them. */
export async function inspectLocks(
  store: SharedStore,
  limits?: LookLimits,
): Promise<Look<LeaseLook>> {
  return lookAtLeases(await engineOf(store), limits);
}

/** What the ids of its rate limits have taken. */
export async function inspectLimits(
  store: SharedStore,
  limits?: LookLimits,
): Promise<Look<LimitLook>> {
  return lookAtLimits(await engineOf(store), limits);
}

async function engineOf(store: SharedStore): Promise<Engine> {
  if (store instanceof RootView) return store.opened();
  throw new InvalidOptionError(
    'The store is none that createSharedStore() made, or of another copy of @muster/store; install one copy of it',
  );
}
