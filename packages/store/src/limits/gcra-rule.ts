// A rate limit's rule in whole units, so that nothing is ever rounded.
import { shown } from '@muster/codec/options';
import { checkGiven, OPTIONS } from '../api/strict-options.js';
import { InvalidOptionError } from '../errors.js';
import type { RateLimitRule } from '../store.js';

/**
 * `limit` in `periodMs` is `perMs / perToken`, in lowest terms. Taking a token pours `perToken` units into a bucket of `capacity`
 * units, from which `perMs` units leak in a millisecond.
 */
export interface GcraRule {
  readonly perToken: number;
  readonly perMs: number;
  /** `burst` tokens. */
  readonly capacity: number;
}

/** A quarter of what a double counts exactly: room for a full bucket and a cost as large, and for Redis's replies. */
export const MAX_CAPACITY = 2 ** 51;

/** Each call computes all of them. */
const MAX_RULES = 8;

/** @throws InvalidOptionError */
export function gcraRules(given: RateLimitRule | readonly RateLimitRule[]): readonly GcraRule[] {
  if (!Array.isArray(given)) return [gcraRule(given as RateLimitRule)];
  if (given.length < 1 || given.length > MAX_RULES) {
    throw new InvalidOptionError(
      `rateLimit() takes 1 to ${MAX_RULES} rules, and not ${given.length}`,
    );
  }
  return given.map(gcraRule);
}

/** @throws InvalidOptionError */
export function gcraRule(given: RateLimitRule): GcraRule {
  checkGiven('rateLimit()', given, OPTIONS.rateLimit);
  const { limit, periodMs, burst = limit } = given;
  for (const [name, value] of Object.entries({ limit, periodMs, burst })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new InvalidOptionError(
        `${name} of a rate limit must be a whole number of at least 1, and is ${shown(value)}`,
      );
    }
  }
  const divisor = greatestCommonDivisor(limit, periodMs);
  const perToken = periodMs / divisor;
  const capacity = burst * perToken;
  if (capacity > MAX_CAPACITY) {
    throw new InvalidOptionError(
      `A burst of ${burst} at ${limit} in ${periodMs} ms is too large to be counted exactly; ` +
        'take rounder numbers, a shorter period, or a smaller burst',
    );
  }
  return { perToken, perMs: limit / divisor, capacity };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
