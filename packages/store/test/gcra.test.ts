import type { RateLimitRule } from '@muster/store';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { describe, expect, inject, it } from 'vitest';
import { type GcraRule, gcra, gcraRule } from '../dist/gcra.js';
import { LUA_GCRA } from '../dist/procedures/take-limit.js';

const START = 1_700_000_000_000;

const rules = fc.record({
  limit: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 100_000 })),
  periodMs: fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 86_400_000 })),
  burst: fc.integer({ min: 1, max: 50 }),
});
const steps = fc.array(
  fc.record({
    waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2_000 })),
    cost: fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 60 })),
  }),
  { minLength: 1, maxLength: 60 },
);

/** A limit with a clock of its own. */
function limiter(rule: GcraRule, text?: string) {
  const state = { text, now: START };
  return {
    state,
    take(cost: number, under = rule) {
      const { verdict, next } = gcra(state.text, under, cost, state.now);
      if (next) state.text = next.text;
      return verdict;
    },
  };
}

/** The same algorithm in its other form, virtual scheduling, in exact fractions: times are multiples of 1 / limit ms. */
function virtualScheduling({ limit, periodMs, burst }: Record<string, number>) {
  const [ticks, interval] = [BigInt(limit as number), BigInt(periodMs as number)];
  const tolerance = BigInt(burst as number) * interval;
  const up = (a: bigint, b: bigint) => Number((a + b - 1n) / b);
  let arrival = 0n;
  return (cost: number, nowMs: number) => {
    const now = BigInt(nowMs) * ticks;
    const due = arrival > now ? arrival : now;
    const ahead = due + BigInt(Math.max(cost, 1)) * interval - now;
    const allowed = ahead <= tolerance;
    if (allowed) arrival = due + BigInt(cost) * interval;
    const used = (arrival > now ? arrival : now) - now;
    const never = cost > (burst as number);
    return {
      allowed,
      remaining: Number((tolerance - used) / interval),
      retryAfterMs: allowed ? 0 : never ? Infinity : up(ahead - tolerance, ticks),
      resetMs: up(used, ticks),
    };
  };
}

describe('gcra', () => {
  it('is the generic cell rate algorithm to the last unit', () => {
    fc.assert(
      fc.property(rules, steps, (options, taken) => {
        const { state, take } = limiter(gcraRule(options));
        const expected = virtualScheduling(options);
        for (const { waitMs, cost } of taken) {
          state.now += waitMs;
          expect(take(cost)).toEqual(expected(cost, state.now));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives exactly burst + limit x time / period to who takes all there is', () => {
    fc.assert(
      fc.property(rules, steps, (options, waits) => {
        const { limit, periodMs, burst } = options;
        const { state, take } = limiter(gcraRule(options));
        // For longer the bucket would be empty before it is over, and what comes then is nobody's.
        const longest = Math.floor(((burst - 1) * periodMs) / limit);
        let taken = 0;
        for (const { waitMs } of waits.slice(0, 10)) {
          while (take(1).allowed) taken++;
          expect(taken).toBe(burst + Math.floor(((state.now - START) * limit) / periodMs));
          state.now += Math.min(waitMs, longest);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('says to the millisecond when it would allow', () => {
    fc.assert(
      fc.property(rules, steps, (options, taken) => {
        const { state, take } = limiter(gcraRule(options));
        for (const { waitMs, cost } of taken) {
          state.now += waitMs;
          const { allowed, retryAfterMs } = take(cost);
          if (allowed || retryAfterMs === Infinity) continue;
          const at = (ms: number) => gcra(state.text, gcraRule(options), cost, state.now + ms);
          expect(at(retryAfterMs - 1).verdict.allowed).toBe(false);
          expect(at(retryAfterMs).verdict.allowed).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps what was taken when the rule changes, up to the new burst', () => {
    const hour = 3_600_000;
    const { state, take } = limiter(gcraRule({ limit: 10, periodMs: hour }));
    for (let n = 0; n < 6; n++) take(1);
    const twice = gcraRule({ limit: 20, periodMs: hour });
    expect(take(0, twice).remaining).toBe(14);
    const slower = gcraRule({ limit: 10, periodMs: 24 * hour });
    expect(take(0, slower).remaining).toBe(4);
    const lower = gcraRule({ limit: 4, periodMs: hour });
    expect(take(1, lower)).toEqual({
      allowed: false,
      remaining: 0,
      retryAfterMs: hour / 4,
      resetMs: hour,
    });
    // It is kept for as long as the new rule needs it, although nothing was taken.
    expect(gcra(state.text, slower, 1, state.now).next?.forMs).toBe(12 * hour);
    state.now += hour / 4;
    expect(take(1, lower).allowed).toBe(true);
    expect(take(1, lower).allowed).toBe(false);
  });

  it('goes on from now when the clock is set back', () => {
    const { state, take } = limiter(gcraRule({ limit: 2, periodMs: 1_000 }));
    take(2);
    state.now -= 3_600_000;
    const { retryAfterMs } = take(1);
    expect(retryAfterMs).toBe(500);
    state.now += retryAfterMs;
    expect(take(1).allowed).toBe(true);
  });

  it('writes nothing for a question or a refusal', () => {
    const rule = gcraRule({ limit: 1, periodMs: 1_000 });
    const { next } = gcra(undefined, rule, 1, START);
    expect(next).toEqual({ text: `1000 ${START} 1000 1`, forMs: 1_000 });
    expect(gcra(undefined, rule, 0, START).next).toBeUndefined();
    expect(gcra(next?.text, rule, 1, START + 999).next).toBeUndefined();
    expect(gcra(next?.text, rule, 2, START).next).toBeUndefined();
  });

  it('takes what is no bucket for an empty one', () => {
    const rule = gcraRule({ limit: 3, periodMs: 1_000 });
    for (const text of ['', '1', '"text"', `3000 ${START} 0 3`, `3000 ${START} 1000 0`]) {
      expect(gcra(text, rule, 1, START).verdict.remaining).toBe(2);
    }
  });

  it.each<[RateLimitRule]>([
    [{ limit: 10_000_000, periodMs: 30 * 86_400_000 }],
    [{ limit: 999_983, periodMs: 86_400_000 }],
    [{ limit: 1, periodMs: 365 * 86_400_000, burst: 10_000 }],
  ])('counts %o exactly', (options) => {
    const rule = gcraRule(options);
    const burst = options.burst ?? options.limit;
    const { state, take } = limiter(rule);
    expect(take(burst).remaining).toBe(0);
    expect(take(1).allowed).toBe(false);
    state.now += take(burst).retryAfterMs;
    expect(take(burst).allowed).toBe(true);
  });

  it.each([
    [{ limit: 999_983, periodMs: 30 * 86_400_000 + 1 }],
    [{ limit: 1, periodMs: 365 * 86_400_000, burst: 1_000_000 }],
  ])('refuses %o, which it could not count exactly', (options) => {
    expect(() => gcraRule(options)).toThrow(
      expect.objectContaining({ code: 'MUSTER_INVALID_ARGUMENT' }),
    );
  });

  it('is the same in Lua', async () => {
    const redis = new Redis(inject('redisUrl'));
    const script = `${LUA_GCRA}
local function number(i) return tonumber(ARGV[i]) end
local allowed, remaining, retryAfterMs, resetMs, next = gcra(ARGV[1], number(2), number(3), number(4), number(5), number(6))
return { allowed, remaining, retryAfterMs, resetMs, next or '' }`;
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(rules, { minLength: 2, maxLength: 2 }),
          steps,
          async (two, taken) => {
            const { state } = limiter(gcraRule(two[0] as (typeof two)[0]));
            for (const [n, { waitMs, cost }] of taken.slice(0, 12).entries()) {
              // Forwards mostly, and back at times; under one rule mostly, and under another at times.
              state.now += n % 5 === 4 ? -waitMs : waitMs;
              const rule = gcraRule(two[n % 4 === 3 ? 1 : 0] as (typeof two)[0]);
              const { verdict, next } = gcra(state.text, rule, cost, state.now);
              const { perToken, perMs, capacity } = rule;
              const args = [state.text ?? '', perToken, perMs, capacity, cost, state.now];
              expect(await redis.eval(script, 0, ...args)).toEqual([
                verdict.allowed ? 1 : 0,
                verdict.remaining,
                verdict.retryAfterMs === Infinity ? -1 : verdict.retryAfterMs,
                verdict.resetMs,
                next?.text ?? '',
              ]);
              if (next) state.text = next.text;
            }
          },
        ),
        { numRuns: 100 },
      );
    } finally {
      redis.disconnect();
    }
  });
});
