import { createRateLimitStore, type RateLimitStore } from '@muster/adapters/express-rate-limit';
import type { SharedStore } from '@muster/store';
import express from 'express';
import { rateLimit, type Store } from 'express-rate-limit';
import { rateLimit as rateLimit7, type Store as Store7 } from 'express-rate-limit-7';
import { Hono } from 'hono';
import { type Store as HonoStore, rateLimiter } from 'hono-rate-limiter';
import { type Store as HonoStore4, rateLimiter as rateLimiter4 } from 'hono-rate-limiter-04';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { serve } from './support/serve.js';
import { engines, openStore } from './support/stores.js';

const HOUR_MS = 3_600_000;

interface HonoConfig {
  windowMs: number;
  limit: number;
  keyGenerator: () => string;
  store: RateLimitStore;
}

let names = 0;
const newName = () => `limits-${names++}`;

describe.each(engines)('express-rate-limit on the %s engine', async (engine) => {
  const store: SharedStore = await openStore(engine);

  function open(namespace = newName(), windowMs = HOUR_MS): RateLimitStore {
    const opened = createRateLimitStore({ store, namespace });
    opened.init({ windowMs });
    return opened;
  }

  it('counts the hits of a window, whose end stays where it is', async () => {
    const limits = open();
    const before = Date.now();
    const first = await limits.increment('a');
    expect(first.totalHits).toBe(1);
    expect(first.resetTime.getTime()).toBeGreaterThan(before);
    expect(first.resetTime.getTime()).toBeLessThanOrEqual(Date.now() + HOUR_MS + 1);
    // Another limiter may have a longer window; that of the key has begun.
    const longer = createRateLimitStore({ store, namespace: limits.prefix });
    longer.init({ windowMs: 10 * HOUR_MS });
    const second = await longer.increment('a');
    expect(second.totalHits).toBe(2);
    expect(second.resetTime.getTime()).toBeLessThanOrEqual(Date.now() + HOUR_MS + 1);
  });

  it('begins anew when the window has ended', async () => {
    const limits = open(newName(), 20);
    await limits.increment('a');
    await vi.waitFor(async () => expect(await limits.get('a')).toBeUndefined());
    expect(await limits.increment('a')).toMatchObject({ totalHits: 1 });
  });

  it('counts 300 hits at once, each one time', async () => {
    const one = open();
    const two = open(one.prefix);
    const hits = await Promise.all(
      Array.from({ length: 300 }, (_, n) => (n % 2 ? one : two).increment('a')),
    );
    expect(hits.map(({ totalHits }) => totalHits).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 300 }, (_, n) => n + 1),
    );
  });

  it('reads without counting', async () => {
    const limits = open();
    expect(await limits.get('a')).toBeUndefined();
    const { resetTime } = await limits.increment('a');
    const read = await limits.get('a');
    expect(read?.totalHits).toBe(1);
    expect(read?.resetTime).toBeInstanceOf(Date);
    expect(read?.resetTime.getTime()).toBeGreaterThanOrEqual(resetTime.getTime() - 60_000);
  });

  it('takes hits back down to none, and makes no window of it', async () => {
    const limits = open();
    await limits.decrement('a');
    expect(await limits.get('a')).toBeUndefined();
    await limits.increment('a');
    await limits.increment('a');
    await limits.decrement('a');
    expect(await limits.get('a')).toMatchObject({ totalHits: 1 });
    await limits.decrement('a');
    await limits.decrement('a');
    expect(await limits.increment('a')).toMatchObject({ totalHits: 1 });
  });

  it('forgets one key, or all of its own', async () => {
    const [limits, other] = [open(), open()];
    for (const key of ['a', 'b', 'c']) await limits.increment(key);
    await other.increment('a');
    await limits.resetKey('a');
    expect(await limits.get('a')).toBeUndefined();
    expect(await limits.get('b')).toMatchObject({ totalHits: 1 });
    await limits.resetAll();
    expect(await limits.get('b')).toBeUndefined();
    expect(await other.get('a')).toMatchObject({ totalHits: 1 });
  });

  it('takes any key, and keeps those apart that look alike', async () => {
    const limits = open();
    const long = 'x'.repeat(5_000);
    const keys = ['', '#', ':', '::1', long, `${long}y`, '\ud800', '\udc00', '\u{1F600}', 'a\0b'];
    for (const key of keys) expect(await limits.increment(key)).toMatchObject({ totalHits: 1 });
    for (const key of keys) expect(await limits.increment(key)).toMatchObject({ totalHits: 2 });
  });

  it('takes a number as its text, and refuses what is no key', async () => {
    const limits = open();
    await limits.increment('42');
    expect(await limits.increment(42 as never)).toMatchObject({ totalHits: 2 });
    for (const key of [undefined, null, {}, true]) {
      await expect(limits.increment(key as never)).rejects.toMatchObject({
        code: 'MUSTER_INVALID_KEY',
      });
    }
  });

  it('has windows that end far away, or never', async () => {
    for (const windowMs of [Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY]) {
      const { resetTime } = await open(newName(), windowMs).increment('a');
      expect(resetTime.getTime()).toBe(8.64e15);
    }
  });

  it.each([
    { version: 8, limiter: rateLimit },
    { version: 7, limiter: rateLimit7 },
  ])('limits an app with version $version of express-rate-limit', async ({ limiter }) => {
    const app = express();
    const options = { windowMs: HOUR_MS, limit: 2, standardHeaders: 'draft-7' as const };
    const plain = limiter({ ...options, store: open() });
    app.use('/plain', plain, (_req, res) => void res.send('ok'));
    const skipped = open();
    const skipping = limiter({ ...options, skipSuccessfulRequests: true, store: skipped });
    app.use('/skipping', skipping, (_req, res) => void res.send('ok'));
    const url = await serve(app);

    const answers = [];
    for (let n = 0; n < 3; n++) answers.push(await fetch(`${url}/plain`));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[1]?.headers.get('ratelimit')).toMatch(/^limit=2, remaining=0, reset=\d+$/);
    expect(await plain.getKey('127.0.0.1')).toMatchObject({ totalHits: 3 });
    await plain.resetKey('127.0.0.1');
    expect((await fetch(`${url}/plain`)).status).toBe(200);

    for (let n = 0; n < 3; n++) {
      expect((await fetch(`${url}/skipping`)).status).toBe(200);
      await vi.waitFor(async () =>
        expect(await skipped.get('127.0.0.1')).toMatchObject({ totalHits: 0 }),
      );
    }
  });

  it.each([
    { version: '0.5', limiter: (config: HonoConfig) => rateLimiter(config) },
    { version: '0.4', limiter: (config: HonoConfig) => rateLimiter4(config) },
  ])('limits an app with version $version of hono-rate-limiter', async ({ limiter }) => {
    const app = new Hono();
    app.use(
      limiter({ windowMs: HOUR_MS, limit: 2, keyGenerator: () => 'everybody', store: open() }),
    );
    app.get('/', (c) => c.text('ok'));
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await app.request('/')).status);
    expect(statuses).toEqual([200, 200, 429]);
  });
});

describe('the options of express-rate-limit', () => {
  it('are strict, and know the names of others', async () => {
    const store = await openStore('memory');
    const create = createRateLimitStore as (options: unknown) => unknown;
    expect(() => create({ store, prefix: 'rl:' })).toThrow(/no option "prefix"; did you mean name/);
    expect(() => create({ sendCommand() {} })).toThrow(/give store: createSharedStore/);
    expect(() => create({})).toThrow(/store of .* is what createSharedStore\(\) returns, .* undef/);
    expect(() => create(store)).toThrow(expect.objectContaining({ code: 'MUSTER_INVALID_OPTION' }));
    expect(() => create({ store, namespace: '' })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^MUSTER_INVALID/) }),
    );
  });

  it('make what each library takes as a store', () => {
    expectTypeOf<RateLimitStore>().toExtend<Store>();
    expectTypeOf<RateLimitStore>().toExtend<Store7>();
    expectTypeOf<RateLimitStore>().toExtend<HonoStore>();
    expectTypeOf<RateLimitStore>().toExtend<HonoStore4>();
  });
});
