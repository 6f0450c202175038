// The lifetime of an entry: one form for all options of a call that concern it.

import { shown } from '@muster/codec/options';
import { timeOfDay } from '@muster/codec/timers';
import { InvalidOptionError } from '../errors.js';
import type { Expiry } from '../store.js';

/** `keep`: the lifetime that the entry has; never for a new entry. `forMs` and `until` are whole milliseconds. */
export type Lifetime = 'never' | 'keep' | { readonly forMs: number } | { readonly until: number };

/** The last millisecond that a `Date` can hold. An entry that would end later never ends. */
export const END_OF_TIME = 8.64e15;

/** @param fallback the lifetime if `expiry` has none. */
export function lifetimeOf(expiry: Expiry | undefined, fallback: Lifetime): Lifetime {
  const ttlMs = expiry?.ttlMs;
  const expiresAt = expiry?.expiresAt;
  if (ttlMs !== undefined) {
    if (expiresAt !== undefined) {
      throw new InvalidOptionError('ttlMs and expiresAt exclude each other; give one of them');
    }
    return lifetimeFor('ttlMs', ttlMs);
  }
  if (expiresAt === undefined) return fallback;
  if (typeof expiresAt !== 'number' || Number.isNaN(expiresAt)) {
    throw new InvalidOptionError(
      `expiresAt must be a number of milliseconds since the epoch, and is ${shown(expiresAt)}`,
    );
  }
  return expiresAt > END_OF_TIME ? 'never' : { until: Math.max(Math.ceil(expiresAt), 0) };
}

/** @param name of the option, for errors. */
export function lifetimeFor(name: string, ttlMs: number): Lifetime {
  if (typeof ttlMs !== 'number' || !(ttlMs > 0)) {
    throw new InvalidOptionError(
      `${name} must be a number of milliseconds above 0, or Infinity, and is ${shown(ttlMs)}`,
    );
  }
  const forMs = Math.ceil(ttlMs);
  return forMs > END_OF_TIME - timeOfDay() ? 'never' : { forMs };
}

/** The default lifetime of entries of a namespace. */
export function defaultLifetime(ttlMs: number | undefined): Lifetime {
  return ttlMs === undefined ? 'never' : lifetimeFor('ttlMs', ttlMs);
}
