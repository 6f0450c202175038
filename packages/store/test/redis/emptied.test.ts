// A Redis that comes back without its data: nobody asks for what is gone, so the store tells it.
import { once } from 'node:events';
import { createSharedStore, type SharedStore } from '@muster/store';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { type RedisServer, startRedis } from '../../../../test/support/redis/server.js';

const MARK = 'muster:$muster.data:mark';

async function redis(...args: string[]): Promise<RedisServer> {
  const server = await startRedis({ args });
  onTestFinished(() => server.stop());
  return server;
}

/** Two addresses, so that each has connections and a memory of its own, as in two processes. */
function openTwo({ port }: RedisServer): SharedStore[] {
  return ['127.0.0.1', 'localhost'].map((host) => {
    const store = createSharedStore({ url: `redis://${host}:${port}`, deadlineMs: 60_000 });
    onTestFinished(() => store.close());
    return store;
  });
}

function warnings(): { code?: string; message: string }[] {
  const told: { code?: string; message: string }[] = [];
  const hear = (warning: Error) => told.push(warning);
  process.on('warning', hear);
  onTestFinished(() => void process.off('warning', hear));
  return told;
}

/** The mark is asked for by two commands at most, each behind the reply to the one before. */
async function haveLooked(stores: readonly SharedStore[]): Promise<void> {
  for (const store of stores) {
    for (let n = 0; n < 3; n++) await store.get('key');
  }
}

it('without its data is told once by all processes together, each time', async () => {
  const server = await redis();
  const told = warnings();
  const stores = openTwo(server);
  for (const store of stores) await store.set('key', 1);
  await haveLooked(stores);
  for (let times = 1; times <= 2; times++) {
    await server.kill();
    for (const store of stores) await vi.waitFor(() => expect(store.status).toBe('degraded'));
    await server.restart();
    await haveLooked(stores);
    await vi.waitFor(() => expect(told).toHaveLength(times));
  }
  const [{ code, message } = { message: '' }] = told;
  expect(code).toBe('MUSTER_STORE_EMPTIED');
  expect(message).toMatch(
    new RegExp(`The Redis at (127.0.0.1|localhost):${server.port} no longer`),
  );
});

it('with its data is not told of', async () => {
  const server = await redis('--appendonly', 'yes', '--appendfsync', 'always');
  const told = warnings();
  const stores = openTwo(server);
  for (const store of stores) await store.set('key', 1);
  await haveLooked(stores);
  await server.kill();
  for (const store of stores) await vi.waitFor(() => expect(store.status).toBe('degraded'));
  await server.restart();
  await haveLooked(stores);
  expect(told).toEqual([]);
});

it('that has the data of others is told of', async () => {
  const server = await redis();
  const [store] = openTwo(server);
  if (!store) throw new Error('there is a store');
  await store.set('key', 1);
  await haveLooked([store]);
  const direct = new Redis(server.url);
  onTestFinished(() => direct.disconnect());
  await direct.set(MARK, 'another');
  const warned = once(process, 'warning');
  await direct.call('CLIENT', 'KILL', 'TYPE', 'normal');
  const [{ code }] = await warned;
  expect(code).toBe('MUSTER_STORE_EMPTIED');
});

it('is not written to by a store that only reads', async () => {
  const server = await redis();
  const stores = openTwo(server);
  await haveLooked(stores);
  const direct = new Redis(server.url);
  onTestFinished(() => direct.disconnect());
  expect(await direct.dbsize()).toBe(0);
});
