// Checks the options of a near cache.
import { shown } from '@muster/codec/options';
import { checkOptions, OPTIONS } from '../api/strict-options.js';
import { InvalidOptionError } from '../errors.js';
import type { NearLimits, NearOptions } from './contract.js';

/** A shorter time would often be over before a busy process reads an invalidation. */
const LEAST_STALE_MS = 100;

/** @returns `undefined` if there is no near cache. @throws InvalidOptionError */
export function nearLimits(near: boolean | NearOptions | undefined): NearLimits | undefined {
  if (near === undefined || near === false) return undefined;
  const given = near === true ? {} : near;
  checkOptions('near', given, OPTIONS.near);
  const { maxEntries = 10_000, maxStaleMs = 2_000 } = given;
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
    throw new InvalidOptionError(
      `near.maxEntries is a whole number of at least 1, and not ${shown(maxEntries)}`,
    );
  }
  if (typeof maxStaleMs !== 'number' || !(maxStaleMs >= LEAST_STALE_MS)) {
    throw new InvalidOptionError(
      `near.maxStaleMs is a number of milliseconds of at least ${LEAST_STALE_MS}, and not ${shown(maxStaleMs)}`,
    );
  }
  return { maxEntries, maxStaleMs };
}
