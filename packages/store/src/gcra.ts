// The generic cell rate algorithm, as a leaky bucket that is measured (ITU-T I.371, annex A), in whole numbers only.

import { shown } from '@muster/codec/options';
import { InvalidArgumentError } from './errors.js';
import type { RateLimitRule, RateLimitVerdict } from './store.js';
import { checkGiven, OPTIONS } from './strict-options.js';

/**
 * A rule in whole units, so that nothing is ever rounded: `limit` in `periodMs` is `perMs / perToken`, in lowest terms.
 * A token that is taken pours `perToken` units into a bucket of `capacity`, from which `perMs` leak in a millisecond.
 */
export interface GcraRule {
  readonly perToken: number;
  readonly perMs: number;
  /** `burst` tokens. */
  readonly capacity: number;
}

interface Bucket {
  readonly level: number;
  /** When it stood at that level; milliseconds since the epoch. */
  readonly at: number;
  /** Of the rule that it was filled by: units and the leak are that one's. */
  readonly perToken: number;
  readonly perMs: number;
}

/** What there is to write: a bucket as text, and the milliseconds until it is empty. */
interface FilledBucket {
  readonly text: string;
  readonly forMs: number;
}

export interface GcraOutcome {
  readonly verdict: RateLimitVerdict;
  /** `undefined`: the bucket stays as it is stored. */
  readonly next: FilledBucket | undefined;
}

/** A quarter of what a double counts exactly: room for a full bucket and a cost as large, and for Redis's replies. */
const MAX_CAPACITY = 2 ** 51;

/** @throws InvalidArgumentError */
export function gcraRule(given: RateLimitRule): GcraRule {
  checkGiven('rateLimit()', given, OPTIONS.rateLimit);
  const { limit, periodMs, burst = limit } = given;
  for (const [name, value] of Object.entries({ limit, periodMs, burst })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new InvalidArgumentError(
        `${name} of a rate limit must be a whole number of at least 1, and is ${shown(value)}`,
      );
    }
  }
  const divisor = greatestCommonDivisor(limit, periodMs);
  const perToken = periodMs / divisor;
  const capacity = burst * perToken;
  if (capacity > MAX_CAPACITY) {
    throw new InvalidArgumentError(
      `A burst of ${burst} at ${limit} in ${periodMs} ms is too much to be counted exactly; ` +
        'take rounder numbers, a shorter period, or a smaller burst',
    );
  }
  return { perToken, perMs: limit / divisor, capacity };
}

/**
 * @param text what is stored; `undefined` is an empty bucket.
 * @param cost tokens, 0 to ask what a take of one would say.
 * @param now milliseconds since the epoch.
 */
export function gcra(
  text: string | undefined,
  rule: GcraRule,
  cost: number,
  now: number,
): GcraOutcome {
  const { perToken, perMs, capacity } = rule;
  const stored = bucketOf(text);
  const before = stored ? levelAt(now, stored, rule) : 0;
  const asked = Math.max(cost, 1) * perToken;
  const over = before + asked - capacity;
  const allowed = over <= 0;
  const level = allowed ? before + cost * perToken : before;
  const verdict = {
    allowed,
    remaining: quotient(capacity - level, perToken),
    retryAfterMs: allowed
      ? 0
      : asked > capacity
        ? Number.POSITIVE_INFINITY
        : quotientUp(over, perMs),
    resetMs: quotientUp(level, perMs),
  };
  // Under another rule, or a clock that was set back, what is stored would leak at the wrong pace or not at all.
  const isOutdated =
    stored && (stored.perToken !== perToken || stored.perMs !== perMs || stored.at > now);
  const isWritten = cost > 0 && level > 0 && (allowed || isOutdated);
  return {
    verdict,
    next: isWritten
      ? { text: `${level} ${now} ${perToken} ${perMs}`, forMs: verdict.resetMs }
      : undefined,
  };
}

/** Until now it leaked by its own rule. From now on this one holds: tokens taken stay taken, up to the new burst. */
function levelAt(now: number, bucket: Bucket, { perToken, capacity }: GcraRule): number {
  const rest = Math.max(bucket.level - Math.max(now - bucket.at, 0) * bucket.perMs, 0);
  const level =
    bucket.perToken === perToken ? rest : Math.ceil((rest * perToken) / bucket.perToken);
  return Math.min(level, capacity);
}

/** What is no bucket counts as none. */
function bucketOf(text: string | undefined): Bucket | undefined {
  const parts = /^(\d+) (\d+) ([1-9]\d*) ([1-9]\d*)$/.exec(text ?? '');
  if (!parts) return undefined;
  const [level = 0, at = 0, perToken = 1, perMs = 1] = parts.slice(1).map(Number);
  return { level, at, perToken, perMs };
}

// A division would round; the remainder of doubles is exact.
function quotient(a: number, b: number): number {
  return (a - (a % b)) / b;
}

function quotientUp(a: number, b: number): number {
  return quotient(a, b) + (a % b > 0 ? 1 : 0);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
