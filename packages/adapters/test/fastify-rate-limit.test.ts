import rateLimit, {
  type FastifyRateLimitStore,
  type FastifyRateLimitStoreCtor,
  type RateLimitPluginOptions,
} from '@fastify/rate-limit';
import {
  createRateLimitStore,
  type RateLimitResult,
  type RateLimitStore,
} from '@muster/adapters/fastify-rate-limit';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import rateLimit10, {
  type RateLimitPluginOptions as RateLimitPluginOptions10,
  type FastifyRateLimitStore as Store10,
  type FastifyRateLimitStoreCtor as StoreCtor10,
} from 'fastify-rate-limit-10';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { engines, openStore } from './support/stores.js';

const HOUR_MS = 3_600_000;

let names = 0;
const newName = () => `limits-${names++}`;

function hit(store: RateLimitStore, key: string, windowMs = HOUR_MS, max = 2) {
  return new Promise<RateLimitResult | undefined>((resolve, reject) => {
    store.incr(key, (error, result) => (error ? reject(error) : resolve(result)), windowMs, max);
  });
}

function read(store: RateLimitStore, key: string) {
  return new Promise<RateLimitResult | undefined>((resolve, reject) => {
    store.read(key, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

describe.each(engines)('@fastify/rate-limit on the %s engine', async (engine) => {
  const store = await openStore(engine);

  function open(options: object = {}, namespace = newName()): RateLimitStore {
    return new (createRateLimitStore({ store, namespace }))(options);
  }

  it('counts the hits of a window, whose end stays where it is', async () => {
    const limits = open();
    const counts = [];
    let left = HOUR_MS;
    for (let n = 0; n < 4; n++) {
      const { current, ttl } = (await hit(limits, 'a')) as RateLimitResult;
      counts.push(current);
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual(left);
      left = ttl;
    }
    expect(counts).toEqual([1, 2, 3, 4]);
    expect(await hit(limits, 'b', 10 * HOUR_MS)).toEqual({ current: 1, ttl: 10 * HOUR_MS });
  });

  it('begins anew when the window has ended', async () => {
    const limits = open();
    await hit(limits, 'a', 20);
    await vi.waitFor(async () => expect(await read(limits, 'a')).toEqual({ current: 0, ttl: 0 }));
    expect(await hit(limits, 'a')).toEqual({ current: 1, ttl: HOUR_MS });
  });

  it('reads without counting', async () => {
    const limits = open();
    expect(await read(limits, 'a')).toEqual({ current: 0, ttl: 0 });
    await hit(limits, 'a');
    const { current, ttl } = (await read(limits, 'a')) as RateLimitResult;
    expect(current).toBe(1);
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(HOUR_MS);
  });

  it('begins the window anew with each hit above the limit, if it is to', async () => {
    const limits = open({ continueExceeding: true });
    await hit(limits, 'a', HOUR_MS);
    // Below the limit the window stays, whatever length the hit asks for.
    const second = await hit(limits, 'a', 5 * HOUR_MS);
    expect(second?.ttl).toBeLessThanOrEqual(HOUR_MS);
    expect(await hit(limits, 'a', 5 * HOUR_MS)).toEqual({ current: 3, ttl: 5 * HOUR_MS });
    expect(await hit(limits, 'a', 6 * HOUR_MS)).toEqual({ current: 4, ttl: 6 * HOUR_MS });
  });

  it('doubles the window with each hit above the limit, up to a century, if it is to', async () => {
    const limits = open({ exponentialBackoff: true });
    const times = [];
    for (let n = 0; n < 6; n++) times.push((await hit(limits, 'a'))?.ttl ?? 0);
    expect(times[1]).toBeLessThanOrEqual(HOUR_MS);
    expect(times.slice(2)).toEqual([1, 2, 4, 8].map((factor) => factor * HOUR_MS));
    for (let n = 0; n < 30; n++) await hit(limits, 'a');
    expect(await hit(limits, 'a')).toEqual({ current: 37, ttl: 36_525 * 86_400_000 });
  });

  it('takes windows and limits that an app computed, whatever they are', async () => {
    const limits = open({ exponentialBackoff: true });
    const odd = [Number.POSITIVE_INFINITY, Number.NaN, -1, 0.5, undefined as unknown as number];
    for (const [n, value] of odd.entries()) {
      expect(await hit(limits, `window ${n}`, value)).toMatchObject({ current: 1 });
      expect(await hit(limits, `max ${n}`, HOUR_MS, value)).toEqual({ current: 1, ttl: HOUR_MS });
    }
  });

  it('gives a key that is none to the callback, as an error', async () => {
    const error = { code: 'MUSTER_INVALID_KEY' };
    await expect(hit(open(), undefined as never)).rejects.toMatchObject(error);
    await expect(read(open(), undefined as never)).rejects.toMatchObject(error);
  });

  it('counts each route for itself, and limiters by their rules', async () => {
    const limits = open();
    const children = [
      { routeInfo: { method: 'GET', url: '/a' } },
      { routeInfo: { method: 'POST', url: '/a' } },
      { routeInfo: {}, max: 3, timeWindow: 1_000 },
      { routeInfo: {}, max: 4, timeWindow: 1_000 },
      { routeInfo: {}, max: () => 3, timeWindow: 1_000 },
    ].map((options) => limits.child(options));
    for (const child of [limits, ...children]) {
      expect(await hit(child, 'GET%20%2Fa:k')).toMatchObject({ current: 1 });
      expect(await hit(child, 'k')).toMatchObject({ current: 1 });
    }
    const again = limits.child({ routeInfo: { method: 'GET', url: '/a' } });
    expect(await hit(again, 'k')).toMatchObject({ current: 2 });
  });

  it.each([
    {
      version: 11,
      register: (app: FastifyInstance, options: RateLimitPluginOptions) =>
        app.register(rateLimit, options),
    },
    {
      version: 10,
      register: (app: FastifyInstance, options: RateLimitPluginOptions10) =>
        app.register(rateLimit10, options),
    },
  ])('limits and bans in an app with version $version of the plugin', async ({ register }) => {
    await using app = fastify();
    const Store = createRateLimitStore({ store, namespace: newName() });
    await register(app, { max: 2, timeWindow: HOUR_MS, ban: 1, store: Store });
    app.get('/', async () => 'ok');
    const route = { config: { rateLimit: { max: 1, timeWindow: HOUR_MS } } };
    app.get('/one', route, async () => 'ok');
    const statuses = async (url: string, times: number) => {
      const answers = [];
      for (let n = 0; n < times; n++) answers.push((await app.inject({ url })).statusCode);
      return answers;
    };
    expect(await statuses('/', 4)).toEqual([200, 200, 429, 403]);
    expect(await statuses('/one', 2)).toEqual([200, 429]);
    const { headers } = await app.inject({ url: '/' });
    expect(headers['x-ratelimit-remaining']).toBe('0');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });

  it('is asked by version 11 without a hit', async () => {
    await using app = fastify();
    const Store = createRateLimitStore({ store, namespace: newName() });
    await app.register(rateLimit, { global: false, store: Store });
    // The types of version 10, which are loaded too, know no second argument.
    const limit = app.createRateLimit({ max: 3, timeWindow: HOUR_MS }) as (
      req: FastifyRequest,
      options?: { increment: boolean },
    ) => Promise<unknown>;
    app.get('/', async (req) => [await limit(req), await limit(req, { increment: false })]);
    expect((await app.inject({ url: '/' })).json()).toEqual([
      expect.objectContaining({ remaining: 2, isExceeded: false }),
      expect.objectContaining({ remaining: 2, isExceeded: false }),
    ]);
  });
});

describe('the store of @fastify/rate-limit', () => {
  it('gives errors of the shared store to the plugin', async () => {
    const store = await openStore('memory');
    await store.close();
    const limits = new (createRateLimitStore({ store }))({});
    await expect(hit(limits, 'a')).rejects.toMatchObject({ code: 'MUSTER_STORE_CLOSED' });
    await expect(read(limits, 'a')).rejects.toMatchObject({ code: 'MUSTER_STORE_CLOSED' });
  });

  it('is what the plugin takes', () => {
    expectTypeOf<RateLimitStore>().toExtend<FastifyRateLimitStore>();
    expectTypeOf<RateLimitStore>().toExtend<Store10>();
    expectTypeOf<ReturnType<typeof createRateLimitStore>>().toExtend<FastifyRateLimitStoreCtor>();
    expectTypeOf<ReturnType<typeof createRateLimitStore>>().toExtend<StoreCtor10>();
  });
});
