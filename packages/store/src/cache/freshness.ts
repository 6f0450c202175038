// How long a cached value is fresh, stale or kept for failures.

import { shown } from '@muster/codec/options';
import { checkOptions, OPTIONS } from '../api/strict-options.js';
import { InvalidOptionError } from '../errors.js';
import type { CacheOptions } from './contract.js';
import type { CacheEntry } from './entry.js';

export interface Freshness {
  /** Milliseconds, above 0; `Infinity`. */
  readonly ttlMs: number;
  /** Milliseconds after `ttlMs`, of at least 0. */
  readonly staleMs: number;
  readonly graceMs: number;
  /** 0: a load that found nothing is not remembered. */
  readonly negativeTtlMs: number;
  /** For one load; above 0; may be `Infinity`. */
  readonly loadTimeoutMs: number;
}

/** @throws InvalidOptionError */
export function freshnessOf(options: CacheOptions | undefined): Freshness {
  checkOptions('cache()', options, OPTIONS.cache);
  const {
    ttlMs = Number.POSITIVE_INFINITY,
    staleMs = 0,
    graceMs = 0,
    negativeTtlMs = 0,
    loadTimeoutMs = Number.POSITIVE_INFINITY,
  } = options ?? {};
  checkTtl(ttlMs);
  checkTtl(loadTimeoutMs, 'loadTimeoutMs');
  for (const [name, ms] of Object.entries({ staleMs, graceMs, negativeTtlMs })) {
    if (typeof ms === 'number' && ms >= 0) continue;
    throw new InvalidOptionError(
      `The ${name} of a cache is a number of milliseconds of at least 0, and not ${shown(ms)}`,
    );
  }
  return { ttlMs, staleMs, graceMs, negativeTtlMs, loadTimeoutMs };
}

/** @throws InvalidOptionError */
export function checkTtl(ttlMs: number, name = 'ttlMs'): void {
  if (typeof ttlMs === 'number' && ttlMs > 0) return;
  throw new InvalidOptionError(
    `The ${name} of a cache is a number of milliseconds above 0, or Infinity, and not ${shown(ttlMs)}`,
  );
}

/** How long the store keeps a value that was found. */
export function retentionMs({ ttlMs, staleMs, graceMs }: Freshness): number {
  return ttlMs + Math.max(staleMs, graceMs);
}

/** The expiry times of a value that is loaded now; `undefined` if it is not to be cached. */
export function expiryTimes(
  { ttlMs, staleMs, graceMs, negativeTtlMs }: Freshness,
  isFound: boolean,
  now: number,
): Pick<CacheEntry, 'freshUntil' | 'staleUntil' | 'graceUntil'> | undefined {
  const ms = isFound ? ttlMs : negativeTtlMs;
  if (ms === 0) return undefined;
  const freshUntil = now + ms;
  // "Nothing found" is never served stale.
  return {
    freshUntil,
    staleUntil: freshUntil + (isFound ? staleMs : 0),
    graceUntil: freshUntil + (isFound ? graceMs : 0),
  };
}
