import type { RateLimitRule } from '@muster/store';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { describe, expect, inject, it } from 'vitest';
import { gcra } from '../../dist/limits/gcra.js';
import { type GcraRule, gcraRule } from '../../dist/limits/gcra-rule.js';
import { LUA_GCRA } from '../../dist/limits/take-limit.js';

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

const asked = (rule: GcraRule, cost: number) => ({ rules: [rule], cost, maxWaitMs: 0 });

/** A limit with a clock of its own. */
function limiter(rule: GcraRule, text?: string) {
  const state = { text, now: START };
  return {
    state,
    take(cost: number, under = rule) {
      const { verdict, next } = gcra(state.text, asked(under, cost), state.now);
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
          const at = (ms: number) =>
            gcra(state.text, asked(gcraRule(options), cost), state.now + ms);
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
    expect(gcra(state.text, asked(slower, 1), state.now).next?.forMs).toBe(12 * hour);
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
    const { next } = gcra(undefined, asked(rule, 1), START);
    expect(next).toEqual({ text: `1000 ${START} 1000 1`, forMs: 1_000 });
    expect(gcra(undefined, asked(rule, 0), START).next).toBeUndefined();
    expect(gcra(next?.text, asked(rule, 1), START + 999).next).toBeUndefined();
    expect(gcra(next?.text, asked(rule, 2), START).next).toBeUndefined();
  });

  it('takes what is no bucket for an empty one', () => {
    const rule = gcraRule({ limit: 3, periodMs: 1_000 });
    for (const text of ['', '1', '"text"', `3000 ${START} 0 3`, `3000 ${START} 1000 0`]) {
      expect(gcra(text, asked(rule, 1), START).verdict.remaining).toBe(2);
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
      expect.objectContaining({ code: 'MUSTER_INVALID_OPTION' }),
    );
  });

  it('gives turns in order, each when all before it have had theirs', () => {
    fc.assert(
      fc.property(rules, steps, (options, given) => {
        const rule = gcraRule(options);
        const { state } = limiter(rule);
        // What runs at its turn fits into a limit that nobody waits for.
        const due: { at: number; cost: number }[] = [];
        for (const { waitMs, cost } of given) {
          state.now += waitMs;
          const request = { rules: [rule], cost: Math.max(cost, 1), maxWaitMs: Infinity };
          const { verdict, next } = gcra(state.text, request, state.now);
          expect(verdict.allowed).toBe(request.cost <= options.burst);
          if (!verdict.allowed) continue;
          if (next) state.text = next.text;
          due.push({ at: state.now + verdict.retryAfterMs, cost: request.cost });
        }
        // A turn is up to a millisecond later than it could be, for which the bucket may have been empty.
        const check = limiter({ ...rule, capacity: rule.capacity + rule.perMs });
        for (const { at, cost } of due) {
          expect(at).toBeGreaterThanOrEqual(check.state.now);
          check.state.now = at;
          expect(check.take(cost).allowed).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('takes of each rule or of none, and says what the strictest does', () => {
    const second = gcraRule({ limit: 2, periodMs: 1_000 });
    const hour = gcraRule({ limit: 3, periodMs: 3_600_000 });
    let text: string | undefined;
    const take = (now: number, cost = 1) => {
      const { verdict, next } = gcra(text, { rules: [second, hour], cost, maxWaitMs: 0 }, now);
      if (next) text = next.text;
      return verdict;
    };
    expect(take(START)).toMatchObject({ allowed: true, remaining: 1 });
    expect(take(START)).toMatchObject({ allowed: true, remaining: 0, retryAfterMs: 0 });
    expect(take(START)).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: 500 });
    expect(take(START + 500)).toMatchObject({ allowed: true, remaining: 0 });
    expect(take(START + 2_000)).toMatchObject({ allowed: false, retryAfterMs: 1_198_000 });
    expect(take(START + 2_000, 0)).toMatchObject({ allowed: false, remaining: 0 });
    // Nothing was taken of the first one by what the second one refused.
    expect(text?.split('\n')[0]).toBe(`1000 ${START + 500} 500 1`);
  });

  it('is the same in Lua', async () => {
    const redis = new Redis(inject('redisUrl'));
    const script = `${LUA_GCRA}
local function number(i) return tonumber(ARGV[i]) end
local rules = { { number(2), number(3), number(4) }, { number(5), number(6), number(7) } }
local allowed, remaining, retryAfterMs, resetMs, next, forMs = gcra(ARGV[1], rules, number(8), number(9), number(10))
return { allowed, remaining, retryAfterMs, resetMs, next or '', next and forMs or 0 }`;
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(rules, { minLength: 3, maxLength: 3 }),
          fc.constantFrom(
            '',
            `b${START + 500}`,
            `b${START + 90_000}\n3 ${START} 4 5 2`,
            'b8640000000000000',
          ),
          steps,
          async (three, first, taken) => {
            const [one, two, other] = three.map(gcraRule) as [GcraRule, GcraRule, GcraRule];
            let [text, now]: [string, number] = [first, START];
            for (const [n, { waitMs, cost }] of taken.slice(0, 12).entries()) {
              // Forwards mostly, and back at times; under one rule mostly, and under another at times.
              now += n % 5 === 4 ? -waitMs : waitMs;
              const maxWaitMs = n % 3 === 1 ? 5_000 : 0;
              const used = [n % 4 === 3 ? other : one, two];
              const { verdict, next } = gcra(text, { rules: used, cost, maxWaitMs }, now);
              const numbers = used.flatMap((rule) => [rule.perToken, rule.perMs, rule.capacity]);
              const args = [text, ...numbers, cost, maxWaitMs, now];
              expect(await redis.eval(script, 0, ...args)).toEqual([
                verdict.allowed ? 1 : 0,
                verdict.remaining,
                verdict.retryAfterMs === Infinity ? -1 : verdict.retryAfterMs,
                verdict.resetMs === Infinity ? -1 : verdict.resetMs,
                next?.text ?? '',
                next?.forMs ?? 0,
              ]);
              if (next) text = next.text;
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
