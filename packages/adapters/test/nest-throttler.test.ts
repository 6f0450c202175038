import 'reflect-metadata';
import { createThrottlerStorage, type ThrottlerStorage } from '@muster/adapters/nest-throttler';
import { Controller, Get, Module } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import {
  type ThrottlerStorage as NestStorage,
  ThrottlerGuard,
  ThrottlerModule,
} from '@nestjs/throttler';
import { describe, expect, expectTypeOf, it, onTestFinished, vi } from 'vitest';
import { engines, openStore } from './support/stores.js';

const HOUR_MS = 3_600_000;

let names = 0;
const newName = () => `limits-${names++}`;

describe.each(engines)('@nestjs/throttler on the %s engine', async (engine) => {
  const store = await openStore(engine);
  const open = () => createThrottlerStorage({ store, namespace: newName() });

  /** @returns the records of so many hits. */
  async function hits(storage: ThrottlerStorage, times: number, blockMs: number, ttl = HOUR_MS) {
    const records = [];
    for (let n = 0; n < times; n++)
      records.push(await storage.increment('k', ttl, 2, blockMs, 'd'));
    return records;
  }

  it('counts up to the limit, and then blocks', async () => {
    const [first, second, ...refused] = await hits(open(), 4, 2 * HOUR_MS);
    expect(first).toEqual({
      totalHits: 1,
      timeToExpire: 3_600,
      isBlocked: false,
      timeToBlockExpire: 0,
    });
    expect(second).toMatchObject({ totalHits: 2, isBlocked: false, timeToBlockExpire: 0 });
    expect(refused[0]).toMatchObject({ totalHits: 3, isBlocked: true, timeToBlockExpire: 7_200 });
    expect(refused[1]).toMatchObject({ totalHits: 3, isBlocked: true });
    expect(refused[1]?.timeToBlockExpire).toBeGreaterThan(3_600);
  });

  it('begins anew after the block', async () => {
    const storage = open();
    expect((await hits(storage, 3, 20)).at(-1)).toMatchObject({ isBlocked: true });
    await vi.waitFor(async () => expect((await hits(storage, 1, 20))[0]?.isBlocked).toBe(false));
  });

  it('refuses until the window ends, if nothing is to be blocked for longer', async () => {
    const storage = open();
    const records = await hits(storage, 4, 0);
    expect(records.map(({ totalHits, isBlocked }) => [totalHits, isBlocked])).toEqual([
      [1, false],
      [2, false],
      [3, true],
      [3, true],
    ]);
    expect(records[3]?.timeToBlockExpire).toBeGreaterThan(0);
    expect(records[3]?.timeToBlockExpire).toBeLessThanOrEqual(3_600);
    const short = open();
    await hits(short, 3, 0, 20);
    await vi.waitFor(async () => expect((await hits(short, 1, 0, 20))[0]?.isBlocked).toBe(false));
  });

  it('allows as many of many hits at once as the limit says', async () => {
    const storage = open();
    const records = await Promise.all(
      Array.from({ length: 100 }, () => storage.increment('k', HOUR_MS, 30, HOUR_MS, 'd')),
    );
    const allowed = records.filter(({ isBlocked }) => !isBlocked);
    expect(allowed.map(({ totalHits }) => totalHits).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, n) => n + 1),
    );
  });

  it('counts each throttler and key for itself', async () => {
    const storage = open();
    const asked = [
      ['a', 'b:c'],
      ['a:b', 'c'],
      ['a', ''],
      ['', 'a'],
      ['a', 'x'.repeat(5_000)],
    ] as const;
    for (const [name, key] of asked) {
      expect(await storage.increment(key, HOUR_MS, 1, 0, name)).toMatchObject({ totalHits: 1 });
    }
  });

  it('refuses times, limits and keys that are none', async () => {
    const { increment } = open();
    const option = { code: 'MUSTER_INVALID_OPTION' };
    for (const none of [undefined, Number.NaN, 'abc', -1] as never[]) {
      await expect(increment('k', none, 1, 0, 'd')).rejects.toMatchObject(option);
      await expect(increment('k', HOUR_MS, 1, none, 'd')).rejects.toMatchObject(option);
    }
    await expect(increment('k', 1, Number.NaN, 0, 'd')).rejects.toMatchObject(option);
    await expect(increment({} as never, 1, 1, 0, 'd')).rejects.toMatchObject({
      code: 'MUSTER_INVALID_KEY',
    });
    expect(await increment('k', '60000' as never, 1, 0, 'd')).toMatchObject({ totalHits: 1 });
  });

  it('throttles an app', async () => {
    class Home {
      hello() {
        return 'ok';
      }
    }
    Get()(Home.prototype, 'hello', Object.getOwnPropertyDescriptor(Home.prototype, 'hello') ?? {});
    Controller()(Home);
    class App {}
    Module({
      imports: [
        ThrottlerModule.forRoot({ throttlers: [{ ttl: HOUR_MS, limit: 2 }], storage: open() }),
      ],
      controllers: [Home],
      providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
    })(App);
    const app = await NestFactory.create(App, { logger: false });
    onTestFinished(() => app.close());
    await app.listen(0, '127.0.0.1');
    const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
    const answers = [];
    for (let n = 0; n < 3; n++) answers.push(await fetch(url));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[1]?.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(answers[2]?.headers.get('retry-after')).toBe('3600');
  });
});

it('is what the module takes', () => {
  expectTypeOf<ThrottlerStorage>().toExtend<NestStorage>();
});
