// rateLimit, alone and against others. (Its arithmetic has tests of its own.)
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { RateLimitRule } from '../../store.js';
import { type Case, refuses, sorted } from '../case.js';

const HOUR = 3_600_000;

export const limits: Readonly<Record<string, Case>> = {
  'as many as burst at once, and no more': async ({ store, unique }) => {
    const limit = store.rateLimit(unique(), { limit: 10, periodMs: 10 * HOUR, burst: 3 });
    for (const remaining of [2, 1, 0]) {
      const verdict = await limit.take('id');
      assert.equal(verdict.allowed, true);
      assert.equal(verdict.remaining, remaining);
      assert.equal(verdict.retryAfterMs, 0);
      isAbout(verdict.resetMs, (3 - remaining) * HOUR);
    }
    const verdict = await limit.take('id');
    assert.equal(verdict.allowed, false);
    assert.equal(verdict.remaining, 0);
    isAbout(verdict.retryAfterMs, HOUR);
    isAbout(verdict.resetMs, 3 * HOUR);
  },

  'burst is limit where nothing else is said': async ({ store, unique }) => {
    const limit = store.rateLimit(unique(), { limit: 5, periodMs: HOUR });
    const verdicts = await Promise.all(Array.from({ length: 8 }, () => limit.take('id')));
    assert.deepEqual(
      verdicts.map(({ allowed }) => allowed),
      [true, true, true, true, true, false, false, false],
    );
  },

  'limits with another number of rules are asked in one turn': async ({ store, unique }) => {
    const one = store.rateLimit(unique(), { limit: 3, periodMs: HOUR });
    const two = store.rateLimit(unique(), [
      { limit: 5, periodMs: HOUR },
      { limit: 9, periodMs: 2 * HOUR },
    ]);
    const verdicts = await Promise.all([one.take('id'), two.take('id'), one.take('id')]);
    assert.deepEqual(
      verdicts.map(({ remaining }) => remaining),
      [2, 4, 1],
    );
  },

  'a cost is taken whole or not at all': async ({ store, unique }) => {
    const limit = store.rateLimit(unique(), { limit: 10, periodMs: 10 * HOUR });
    assert.equal((await limit.take('id', 7)).remaining, 3);
    const refused = await limit.take('id', 5);
    assert.equal(refused.allowed, false);
    assert.equal(refused.remaining, 3);
    isAbout(refused.retryAfterMs, 2 * HOUR);
    assert.equal((await limit.take('id', 3)).allowed, true);
  },

  'a cost of 0 takes nothing, and says what a cost of 1 would hear': async ({ store, unique }) => {
    const limit = store.rateLimit(unique(), { limit: 1, periodMs: HOUR });
    for (let n = 0; n < 3; n++) {
      assert.deepEqual(await limit.take('id', 0), {
        allowed: true,
        remaining: 1,
        retryAfterMs: 0,
        resetMs: 0,
      });
    }
    await limit.take('id');
    const { allowed, remaining, retryAfterMs, resetMs } = await limit.take('id', 0);
    assert.deepEqual({ allowed, remaining }, { allowed: false, remaining: 0 });
    isAbout(retryAfterMs, HOUR);
    isAbout(resetMs, HOUR);
  },

  'a cost above burst is never allowed, and takes nothing': async ({ store, unique }) => {
    const limit = store.rateLimit(unique(), { limit: 10, periodMs: HOUR, burst: 3 });
    for (const cost of [4, 10, Number.MAX_SAFE_INTEGER]) {
      assert.deepEqual(await limit.take('id', cost), {
        allowed: false,
        remaining: 3,
        retryAfterMs: Number.POSITIVE_INFINITY,
        resetMs: 0,
      });
    }
    assert.equal((await limit.take('id', 3)).allowed, true);
  },

  'what was taken comes back with time, and not before it was said to': async ({
    store,
    unique,
  }) => {
    const limit = store.rateLimit(unique(), { limit: 2, periodMs: 100 });
    for (let round = 0; round < 5; round++) {
      await limit.take('id', 2);
      const start = performance.now();
      const refused = await limit.take('id', 2);
      if (refused.allowed) continue;
      assert.ok(refused.retryAfterMs > 0 && refused.retryAfterMs <= 100);
      while ((await limit.take('id', 2)).allowed === false) {
        assert.ok(performance.now() - start <= refused.retryAfterMs + 5_000, 'it never came back');
        await delay(1);
      }
      // The clock of the limit and this one tick at the same pace, and both count whole milliseconds.
      assert.ok(performance.now() - start >= refused.retryAfterMs - 2);
    }
    await delay((await limit.take('id', 0)).resetMs + 2);
    assert.equal((await limit.take('id', 0)).remaining, 2);
  },

  'ids and names do not know each other, and the views nothing of them': async ({
    store,
    unique,
  }) => {
    const [name, id] = [unique(), unique()];
    const rule = { limit: 1, periodMs: HOUR };
    const limits = [name, `${name}2`, `${name}é`, '*'].map((of) => store.rateLimit(of, rule));
    for (const limit of limits) {
      for (const one of [id, `:${id}`, `2:${id}`, `*${id}`]) {
        assert.equal((await limit.take(one)).allowed, true);
        assert.equal((await limit.take(one)).allowed, false);
      }
    }
    const view = store.namespace(name);
    await view.set('key', 1);
    assert.deepEqual(await sorted(view.keys()), ['key']);
    await view.clear();
    for await (const key of store.keys()) assert.ok(!key.includes(id), key);
    assert.equal((await limits[0]?.take(id))?.allowed, false);
    for (const reserved of ['$muster.limit', '$muster.']) {
      assert.throws(() => store.namespace(reserved), { code: 'MUSTER_INVALID_OPTION' });
    }
  },

  'a limit is the same from every store': async ({ store, another, unique }) => {
    const name = unique();
    const rule = { limit: 2, periodMs: HOUR };
    const limits = [store.rateLimit(name, rule), (await another()).rateLimit(name, rule)];
    assert.equal((await limits[0]?.take('id'))?.remaining, 1);
    assert.equal((await limits[1]?.take('id'))?.remaining, 0);
    assert.equal((await limits[0]?.take('id'))?.allowed, false);
  },

  'of many that take at once, burst are allowed': async ({ store, another, unique }) => {
    const name = unique();
    const rule = { limit: 1, periodMs: HOUR, burst: 100 };
    const limits = [store.rateLimit(name, rule), (await another()).rateLimit(name, rule)];
    const verdicts = await Promise.all(
      Array.from({ length: 400 }, (_, n) => limits[n % 2]?.take('id')),
    );
    const allowed = verdicts.filter((verdict) => verdict?.allowed);
    assert.deepEqual(
      allowed.map((verdict) => verdict?.remaining).sort((a = 0, b = 0) => a - b),
      [...Array(100).keys()],
    );
  },

  'a new rule holds at once, and what was taken stays taken': async ({ store, unique }) => {
    const name = unique();
    const under = (rule: RateLimitRule) => store.rateLimit(name, rule);
    await under({ limit: 10, periodMs: HOUR }).take('id', 10);
    assert.equal((await under({ limit: 10, periodMs: HOUR }).take('id')).allowed, false);
    const raised = await under({ limit: 15, periodMs: HOUR }).take('id');
    assert.equal(raised.allowed, true);
    assert.equal(raised.remaining, 4);
    const lowered = await under({ limit: 2, periodMs: 2 * HOUR }).take('id');
    assert.equal(lowered.allowed, false);
    isAbout(lowered.retryAfterMs, HOUR);
    isAbout(lowered.resetMs, 2 * HOUR);
  },

  'what is kept of a fast rule outlives its time under a slow one': async ({ store, unique }) => {
    const name = unique();
    const slow = store.rateLimit(name, { limit: 4, periodMs: HOUR });
    await store.rateLimit(name, { limit: 4, periodMs: 400 }).take('id', 4);
    const until = Date.now() + 401;
    const taken = 4 - (await slow.take('id', 2)).remaining;
    while (Date.now() < until) await delay(10);
    assert.equal((await slow.take('id', 0)).remaining, 4 - taken);
  },

  'calls take effect in the order in which they were made': async ({ store, unique }) => {
    const limit = store.rateLimit(unique(), { limit: 3, periodMs: HOUR });
    const verdicts = await Promise.all([
      limit.take('id', 0),
      limit.take('id', 2),
      limit.take('id', 0),
      limit.take('other'),
      limit.take('id', 2),
      limit.take('id'),
      limit.take('id', 0),
    ]);
    assert.deepEqual(
      verdicts.map(({ remaining }) => remaining),
      [3, 1, 1, 2, 1, 0, 0],
    );
  },

  'what is no rule, no name, no id or no cost is refused': async ({ store, unique, another }) => {
    const rule = { limit: 1, periodMs: 1_000 };
    for (const bad of [
      { ...rule, limit: 0 },
      { ...rule, limit: 1.5 },
      { ...rule, limit: NaN },
      { ...rule, periodMs: 0 },
      { ...rule, periodMs: Infinity },
      { ...rule, burst: 0 },
      { ...rule, burst: '1' as unknown as number },
      { ...rule, burst: Number.MAX_SAFE_INTEGER },
    ]) {
      assert.throws(() => store.rateLimit(unique(), bad), { code: 'MUSTER_INVALID_OPTION' });
    }
    for (const name of ['', 'n'.repeat(129), '\uD83D', 1 as unknown as string]) {
      assert.throws(() => store.rateLimit(name, rule), { code: 'MUSTER_INVALID_OPTION' });
    }
    const limit = store.rateLimit(unique().padEnd(128, 'n'), rule);
    for (const cost of [-1, 0.5, NaN, Infinity, '1' as unknown as number]) {
      await refuses(limit.take('id', cost), 'MUSTER_INVALID_OPTION');
    }
    for (const id of ['', 'k'.repeat(1025), '\uD83D', undefined as unknown as string]) {
      await refuses(limit.take(id), 'MUSTER_INVALID_KEY');
    }
    assert.equal((await limit.take('k'.repeat(1024))).allowed, true);
    const closed = await another();
    const late = closed.rateLimit(unique(), rule);
    await closed.close();
    await refuses(late.take('id'), 'MUSTER_STORE_CLOSED');
  },
};

/** What a limit of hours says of the time, a little later than it was counted. */
function isAbout(ms: number, expected: number): void {
  assert.ok(ms <= expected && ms > expected - 60_000, `${ms} ms, and not about ${expected}`);
}
