import { expect, it } from 'vitest';
import { expiryTimes, freshnessOf } from '../dist/cache/freshness.js';
import { leftOfLeaseMs } from '../dist/locks/leases/lease-clock.js';
import { nextPollMs } from '../dist/locks/leases/lease-poll.js';
import { reconnectDelayMs } from '../dist/redis/topology/reconnect.js';
import { longestPauseMs } from '../dist/values/backoff.js';
import { deadlockAround } from '../dist/values/update-deadlock.js';

const runs = (...keys: string[]) => ({ what: `The update of ${keys}`, keys, isWaiting: false });
const waits = (...keys: string[]) => ({ ...runs(...keys), isWaiting: true });

it.each([
  ['alone', runs('a'), [], undefined],
  ['beside one that it has nothing to do with', runs('a'), [runs('b'), waits('b')], undefined],
  ['waiting for its turn', waits('a'), [runs('a')], 'as the update of a of this process'],
  ['waiting for one of its keys', waits('a', 'b'), [runs('b'), waits('b')], 'as the update of b'],
  ['waited for', runs('a'), [waits('a')], 'would wait for itself'],
  ['waited for, beside one that nobody waits for', runs('a'), [waits('a'), runs('b')], 'itself'],
  ['waited for as another is', runs('a'), [runs('b'), waits('a'), waits('b')], 'the update of b'],
  [
    'a part of a ring',
    runs('a'),
    [runs('b'), runs('c'), waits('a'), waits('b'), waits('c')],
    'b and the update of c',
  ],
])('a late update that is %s', (_, own, others, says) => {
  const found = deadlockAround(own, [...others, own]);
  if (says === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(says);
});

it.each([
  [1, 0],
  [3, 0],
  [4, 2],
  [5, 4],
  [7, 16],
  [8, 16],
  [10_000, 16],
])('an update that lost %i times waits at most %i ms', (attempt, ms) => {
  expect(longestPauseMs(attempt)).toBe(ms);
});

it.each([
  [1, 50],
  [2, 100],
  [10, 500],
  [11, 500],
  [10_000, 500],
])('attempt %i to reconnect comes after %i ms', (attempt, ms) => {
  expect(reconnectDelayMs(attempt)).toBe(ms);
});

it.each([
  [1_000, 0, 0, 900],
  [1_000, 900, 0, 0],
  [1_000, 0, 900, 0],
  // The clock that went further counts; one that was set back does not.
  [1_000, 300, 500, 400],
  [1_000, 500, -10_000, 400],
  // No lease leaves more than a second unused.
  [60_000, 0, 0, 59_000],
])(
  'of a lease of %i ms after %i ms (%i by the engine) there are %i left',
  (leaseMs, monotonic, engine, left) => {
    const start = { monotonic: 10, engine: 1_000_000 };
    const now = { monotonic: 10 + monotonic, engine: 1_000_000 + engine };
    expect(leftOfLeaseMs(leaseMs, start, now)).toBe(left);
  },
);

it.each([
  [0, true, 100],
  [3, true, 800],
  [10, true, 2_000],
  [0, false, 5],
  [3, false, 40],
  [10_000, false, 100],
])('after %i looks in vain (wake-ups: %s) the next one comes in %i ms', (looks, isLive, ms) => {
  expect(nextPollMs(looks, isLive)).toBe(ms);
});

it.each([
  [{}, true, { freshUntil: Infinity, staleUntil: Infinity, graceUntil: Infinity }],
  [{ ttlMs: 10 }, true, { freshUntil: 110, staleUntil: 110, graceUntil: 110 }],
  [
    { ttlMs: 10, staleMs: 5, graceMs: 7 },
    true,
    { freshUntil: 110, staleUntil: 115, graceUntil: 117 },
  ],
  [{ ttlMs: 10, staleMs: 5 }, false, undefined],
  [
    { staleMs: 5, graceMs: 5, negativeTtlMs: 3 },
    false,
    { freshUntil: 103, staleUntil: 103, graceUntil: 103 },
  ],
])('under %j what a load found (%s) is good until %j', (options, isFound, until) => {
  expect(expiryTimes(freshnessOf(options), isFound, 100)).toEqual(until);
});
