// The owner of the leases of this process.
import { nanoid } from 'nanoid';
import { isChildOfWorker } from '../../api/child-of-worker.js';
import { Keyspace } from '../../entries/keyspace.js';
import { InvalidOptionError } from '../../errors.js';

/**
 * The environment variable with the owner of the leases of a process: text without whitespace, of at most 128 characters, unique
 * among all processes that were ever forked. A process without it, or one that was started by a worker, makes a name of its
 * own.
 */
export const OWNER_ENV = 'MUSTER_STORE_OWNER';

export const GONE = 'gone';
/** An entry below says that the owner of that name has ended. */
export const GONE_PREFIX = Keyspace.own(GONE).prefix;

/** The longest lease there is. */
export const MAX_LEASE_MS = 86_400_000;

/** How long the mark of an ended owner is kept: longer than any of its leases. */
export const GONE_MS = MAX_LEASE_MS + 3_600_000;

let own: string | undefined;

/** The owner of this process. */
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
