// The generic cell rate algorithm, as a leaky bucket that is measured (ITU-T I.371, annex A), in whole numbers only.

import { END_OF_TIME } from '../entries/lifetime.js';
import type { RateLimitVerdict } from '../store.js';
import { type GcraRule, MAX_CAPACITY } from './gcra-rule.js';
import { formatLimit, levelAt, parseLimit } from './limit-state.js';

/** The tokens to take. */
export interface TakeRequest {
  readonly rules: readonly GcraRule[];
  /** Tokens to take of each rule; 0 asks for the verdict on one token. */
  readonly cost: number;
  /** How long the caller is willing to wait, in milliseconds. A turn that comes within this time is reserved for it. */
  readonly maxWaitMs: number;
}

/** The state to write, as text, and the milliseconds after which it is of no use. */
interface Written {
  readonly text: string;
  readonly forMs: number;
}

export interface GcraOutcome {
  /** `retryAfterMs` of an allowed call is the time until its turn. */
  readonly verdict: RateLimitVerdict;
  /** `undefined`: the stored state stays as it is. */
  readonly next: Written | undefined;
}

/**
 * @param text the stored state; `undefined` is an empty bucket for each rule.
 * @param now milliseconds since the epoch.
 */
export function gcra(
  text: string | undefined,
  { rules, cost, maxWaitMs }: TakeRequest,
  now: number,
): GcraOutcome {
  const { blockedUntil, buckets } = parseLimit(text);
  // While it is blocked, turns begin at the end of the block; taken tokens leak as always.
  const start = Math.max(now, blockedUntil);
  const isEndless = blockedUntil === END_OF_TIME;
  let turnMs = isEndless ? Number.POSITIVE_INFINITY : start - now;
  let isOutdated = false;
  let isCountable = true;
  const levels = rules.map((rule, position) => {
    const { perToken, perMs, capacity } = rule;
    const stored = buckets[position];
    // Under another rule, or after the clock was set back, the stored bucket would leak at the wrong pace or not at all.
    isOutdated ||=
      stored !== undefined &&
      (stored.perToken !== perToken || stored.perMs !== perMs || stored.at > start);
    const level = stored ? levelAt(start, stored, rule) : 0;
    const asked = Math.max(cost, 1) * perToken;
    const over = level + asked - capacity;
    if (over > MAX_CAPACITY) isCountable = false;
    const delayMs =
      asked > capacity ? Number.POSITIVE_INFINITY : quotientUp(Math.max(over, 0), perMs);
    turnMs = Math.max(turnMs, start - now + delayMs);
    return level;
  });
  const allowed = turnMs < Number.POSITIVE_INFINITY && turnMs <= maxWaitMs && isCountable;
  let remaining = Number.POSITIVE_INFINITY;
  let resetMs = start - now;
  let isFilled = false;
  const after = rules.map(({ perToken, perMs, capacity }, position) => {
    const level = (levels[position] ?? 0) + (allowed ? cost * perToken : 0);
    const left = start > now ? 0 : quotient(Math.max(capacity - level, 0), perToken);
    remaining = Math.min(remaining, left);
    resetMs = Math.max(resetMs, start - now + quotientUp(level, perMs));
    isFilled ||= level > 0;
    return { level, at: start, perToken, perMs, reserved: Math.max(level - capacity, 0) };
  });
  const isWritten = cost > 0 && isFilled && (allowed || isOutdated);
  const next = { blockedUntil: start > now ? blockedUntil : 0, buckets: after };
  return {
    verdict: {
      allowed,
      remaining,
      retryAfterMs: turnMs,
      resetMs: isEndless ? Number.POSITIVE_INFINITY : resetMs,
    },
    next: isWritten ? { text: formatLimit(next), forMs: resetMs } : undefined,
  };
}

// A division would round; the remainder of doubles is exact.
function quotient(a: number, b: number): number {
  return (a - (a % b)) / b;
}

function quotientUp(a: number, b: number): number {
  return quotient(a, b) + (a % b > 0 ? 1 : 0);
}
