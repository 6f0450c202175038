// Options of locks, checked, and the keys of their leases.

import { shown } from '@muster/codec/options';
import { checkSignal } from '../../api/arguments.js';
import { checkOptions, OPTIONS } from '../../api/strict-options.js';
import { checkName, Keyspace } from '../../entries/keyspace.js';
import { InvalidOptionError } from '../../errors.js';
import type { LockOptions } from '../contract.js';
import { MAX_LEASE_MS } from './owner.js';

const DEFAULT_LEASE_MS = 10_000;
const MIN_LEASE_MS = 10;

/** Redis Cluster puts keys together whose first `{…}` with something in it is the same. */
const HASH_TAG = /^[^{]*\{[^}]+\}/;

/**
 * The full key of a lease. It has a hash tag, so that keys that end with it are in the same slot of a Redis Cluster. If the name
 * has a hash tag, that one is used, so that a lock can be in the slot of the keys that it protects.
 *
 * @throws InvalidOptionError
 */
export function leaseKey(
  kind: 'lock' | 'semaphore' | 'leader' | 'read-write-lock',
  name: string,
): string {
  checkName(`a ${kind}`, name);
  const { prefix } = Keyspace.own(kind);
  // Nothing follows the name, so it is written as it is, hash tag and all.
  return HASH_TAG.test(name) ? `${prefix}${name}:` : `${prefix}{=${name}}`;
}

/** The name in what follows the prefix of a `leaseKey`. */
export function leaseNameIn(rest: string): string {
  return rest.startsWith('{=') && rest.endsWith('}') ? rest.slice(2, -1) : rest.slice(0, -1);
}

export interface LeaseTimes {
  readonly leaseMs: number;
  readonly waitMs: number;
}

/** @throws InvalidOptionError */
export function leaseTimes(options: LockOptions | undefined, defaultWaitMs: number): LeaseTimes {
  checkOptions('A lock', options, OPTIONS.lock);
  const { ttlMs = DEFAULT_LEASE_MS, waitMs = defaultWaitMs } = options ?? {};
  if (typeof ttlMs !== 'number' || !(ttlMs >= MIN_LEASE_MS && ttlMs <= MAX_LEASE_MS)) {
    throw new InvalidOptionError(
      `The ttlMs of a lock is ${MIN_LEASE_MS} to ${MAX_LEASE_MS} milliseconds, and not ${shown(ttlMs)}`,
    );
  }
  if (typeof waitMs !== 'number' || !(waitMs >= 0)) {
    throw new InvalidOptionError(
      `The waitMs of a lock is a number of milliseconds of at least 0, or Infinity, and not ${shown(waitMs)}`,
    );
  }
  checkSignal(options?.signal);
  return { leaseMs: Math.ceil(ttlMs), waitMs };
}
