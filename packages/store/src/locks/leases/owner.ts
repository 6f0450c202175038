// Whose the leases of this process are.
import { nanoid } from 'nanoid';
import { isChildOfWorker } from '../../api/child-of-worker.js';
import { Keyspace } from '../../entries/keyspace.js';
import { InvalidOptionError } from '../../errors.js';

/**
 * The environment variable that names the owner of what a process locks: text without whitespace, of at most 128
 * characters, and another one for each process that was ever forked. A process without it, and one that a worker has
 * started, makes a name of its own.
 */
export const OWNER_ENV = 'MUSTER_STORE_OWNER';

export const GONE = 'gone';
/** An entry below says that the owner of that name has ended. */
export const GONE_PREFIX = Keyspace.own(GONE).prefix;

/** The longest lease there is. */
export const MAX_LEASE_MS = 86_400_000;

/** For how long it is known that an owner has ended: longer than any lease of its. */
export const GONE_MS = MAX_LEASE_MS + 3_600_000;

let own: string | undefined;

/** That of this process. */
export function ownOwner(): string {
  own ??= checkedOwner((isChildOfWorker() ? undefined : process.env[OWNER_ENV]) ?? nanoid());
  return own;
}

/** @throws InvalidOptionError */
export function checkedOwner(owner: string): string {
  if (typeof owner === 'string' && /^\S{1,128}$/.test(owner)) return owner;
  throw new InvalidOptionError(
    `An owner (${OWNER_ENV}) is 1 to 128 characters without whitespace, and not ${JSON.stringify(owner)}`,
  );
}
