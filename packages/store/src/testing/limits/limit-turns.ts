// What a rate limit has beside `take`: peek, reset, block, turns that are waited for, and several rules.
import assert from 'node:assert/strict';
import { type Case, eventually, refuses } from '../case.js';

const HOUR = 3_600_000;

export const limitTurns: Readonly<Record<string, Case>> = {
  'peek takes nothing': async ({ store, unique }) => {
    const limit = store.rateLimit(unique(), { limit: 1, periodMs: HOUR });
    for (let n = 0; n < 2; n++) assert.equal((await limit.peek('id')).remaining, 1);
    await limit.take('id');
    const { allowed, retryAfterMs } = await limit.peek('id');
    assert.equal(allowed, false);
    assert.ok(retryAfterMs > 0 && retryAfterMs <= HOUR);
  },

  'reset gives all of it back': async ({ store, unique }) => {
    const limit = store.rateLimit(unique(), { limit: 2, periodMs: HOUR });
    await limit.take('id', 2);
    await limit.take('other', 2);
    assert.equal(await limit.reset('id'), true);
    assert.equal(await limit.reset('id'), false);
    assert.equal((await limit.take('id', 2)).allowed, true);
    assert.equal((await limit.take('other')).allowed, false);
  },

  'a block refuses for its time, whatever is available': async ({ store, unique }) => {
    const limit = store.rateLimit(unique(), { limit: 5, periodMs: HOUR });
    await limit.block('id', 100 * HOUR);
    await limit.block('id', 1);
    for (const verdict of [await limit.take('id'), await limit.peek('id')]) {
      assert.deepEqual([verdict.allowed, verdict.remaining], [false, 0]);
      assert.ok(verdict.retryAfterMs > 99 * HOUR && verdict.retryAfterMs <= 100 * HOUR);
      assert.equal(verdict.resetMs, verdict.retryAfterMs);
    }
    assert.equal((await limit.peek('other')).allowed, true);
    await limit.block('id', Infinity);
    for (const forMs of [1, Infinity, 1e300]) {
      if (forMs > 1) await limit.block('id', forMs);
      const { allowed, retryAfterMs, resetMs } = await limit.take('id');
      assert.deepEqual([allowed, retryAfterMs, resetMs], [false, Infinity, Infinity]);
    }
    await refuses(limit.acquire('id', { waitMs: Infinity }), 'MUSTER_LIMIT_TIMEOUT');
    assert.equal(await limit.reset('id'), true);
    assert.equal((await limit.take('id', 5)).allowed, true);
  },

  'a block ends by itself, and what was taken before is still taken': async ({ store, unique }) => {
    const limit = store.rateLimit(unique(), { limit: 3, periodMs: HOUR });
    await limit.take('id', 2);
    await limit.block('id', 50);
    await eventually(async () => (await limit.peek('id')).allowed);
    assert.equal((await limit.peek('id')).remaining, 1);
  },

  'acquire waits its turn, and no two of any process have the same': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const rule = { limit: 20, periodMs: 1_000, burst: 1 };
    const limits = [store.rateLimit(name, rule), (await another()).rateLimit(name, rule)];
    const start = performance.now();
    const turns = Array.from({ length: 6 }, (_, n) =>
      limits[n % 2]?.acquire('id', { waitMs: Infinity }),
    );
    for (const verdict of await Promise.all(turns)) {
      assert.deepEqual([verdict?.allowed, verdict?.retryAfterMs], [true, 0]);
    }
    // Five of them had to wait, each 50 ms for the one before it; clocks of two machines may differ a little in pace.
    assert.ok(performance.now() - start >= 245);
  },

  'a turn that would come too late is refused at once': async ({ store, unique }) => {
    const limit = store.rateLimit(unique(), { limit: 1, periodMs: HOUR, burst: 2 });
    const { allowed, retryAfterMs, remaining } = await limit.acquire('id', { cost: 2, waitMs: 0 });
    assert.deepEqual(
      { allowed, retryAfterMs, remaining },
      {
        allowed: true,
        retryAfterMs: 0,
        remaining: 0,
      },
    );
    for (const waitMs of [0, HOUR / 2, undefined]) {
      await assert.rejects(limit.acquire('id', { waitMs }), (error: Error) => {
        assert.deepEqual(
          { ...error, retryAfterMs: 0 },
          { code: 'MUSTER_LIMIT_TIMEOUT', key: 'id', retryAfterMs: 0 },
        );
        const { retryAfterMs } = error as unknown as { retryAfterMs: number };
        assert.ok(retryAfterMs > HOUR / 2 && retryAfterMs <= HOUR);
        return true;
      });
    }
    await refuses(limit.acquire('id', { cost: 3, waitMs: Infinity }), 'MUSTER_LIMIT_TIMEOUT');
    assert.equal((await limit.peek('id')).remaining, 0);
  },

  'a wait that is ended gives its turn back': async ({ store, unique, another }) => {
    const name = unique();
    const rule = { limit: 1, periodMs: HOUR, burst: 1 };
    const limit = store.rateLimit(name, rule);
    await limit.take('id');
    const controller = new AbortController();
    const waiting = limit.acquire('id', { waitMs: Infinity, signal: controller.signal });
    await eventually(async () => (await limit.peek('id')).resetMs > HOUR);
    const reason = new Error('enough');
    controller.abort(reason);
    await assert.rejects(waiting, reason);
    await eventually(async () => (await limit.peek('id')).resetMs <= HOUR);
    const closed = await another();
    const late = closed.rateLimit(name, rule).acquire('id', { waitMs: Infinity });
    late.catch(() => {});
    await eventually(async () => (await limit.peek('id')).resetMs > HOUR);
    await closed.close();
    await refuses(late, 'MUSTER_STORE_CLOSED');
  },

  'of several rules each has to allow it, and a refusal takes of none': async ({
    store,
    unique,
  }) => {
    const rules = [
      { limit: 3, periodMs: HOUR },
      { limit: 2, periodMs: 2 * HOUR },
    ];
    const limit = store.rateLimit(unique(), rules);
    assert.equal((await limit.take('id')).remaining, 1);
    assert.equal((await limit.take('id')).remaining, 0);
    const refused = await limit.take('id');
    assert.equal(refused.allowed, false);
    assert.ok(refused.retryAfterMs > HOUR / 2 && refused.retryAfterMs <= HOUR);
    assert.equal((await limit.take('other', 3)).retryAfterMs, Infinity);
    assert.equal((await limit.peek('other')).remaining, 2);
    for (const none of [[], Array(9).fill(rules[0]), [rules[0], null], 'rules'] as never[]) {
      assert.throws(() => store.rateLimit(unique(), none), { code: 'MUSTER_INVALID_OPTION' });
    }
  },

  'what is no time and no cost is refused': async ({ store, unique }) => {
    const limit = store.rateLimit(unique(), { limit: 1, periodMs: HOUR });
    const INVALID = 'MUSTER_INVALID_OPTION';
    for (const bad of [0, -1, NaN, '1', undefined] as never[]) {
      await refuses(limit.block('id', bad), INVALID);
    }
    for (const bad of [
      { cost: 0 },
      { cost: 1.5 },
      { waitMs: -1 },
      { waitMs: '1' },
      { wait: 1 },
      5,
    ]) {
      await refuses(limit.acquire('id', bad as never), INVALID);
    }
    await refuses(limit.acquire('id', { signal: new AbortController() as never }), INVALID);
    for (const call of [limit.peek(''), limit.reset(''), limit.block('', 1), limit.acquire('')]) {
      await refuses(call, 'MUSTER_INVALID_KEY');
    }
    assert.equal((await limit.peek('id')).remaining, 1);
  },
};
