// A store that has not reached its Redis yet: what cannot get better is told at once, and what can is waited for, not in silence.
import { once } from 'node:events';
import { createSharedStore } from '@muster/store';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../../../../test/support/redis/free-port.js';
import { type RedisServer, startRedis } from '../../../../test/support/redis/server.js';

/** Longer than a test takes. */
const deadlineMs = 1_000_000;
const SECRET = 'it-is-secret';

function open(url: string) {
  const store = createSharedStore({ url, deadlineMs });
  onTestFinished(() => store.close());
  return store;
}

async function redis(...args: string[]): Promise<RedisServer> {
  const server = await startRedis({ args });
  onTestFinished(() => server.stop());
  return server;
}

it.each([
  ['a wrong password', `:${SECRET}@`, 'WRONGPASS'],
  ['no password', '', 'NOAUTH'],
])('%s is told before any deadline', async (_what, credentials, said) => {
  const server = await redis('--requirepass', 'right');
  const store = open(server.url.replace('//', `//${credentials}`));
  for (let n = 0; n < 2; n++) {
    const error = await store.set('key', 1).then(String, (error) => error);
    expect(error.code).toBe('MUSTER_STORE_UNREACHABLE');
    expect(error.message).toContain(`Redis at 127.0.0.1:${server.port}`);
    expect(error.message).toContain(said);
    expect(error.message).toContain('"muster::key" was not carried out');
    expect(error.message).not.toContain(SECRET);
  }
});

it('a host that stays unknown is told before any deadline', async () => {
  const store = open(`redis://:${SECRET}@no-such-host.invalid:6379`);
  const error = await store.get<number>('key').then(String, (error) => error);
  expect(error.code).toBe('MUSTER_STORE_UNREACHABLE');
  expect(error.message).toContain('no-such-host.invalid');
  expect(error.message).not.toContain(SECRET);
});

it('a password that is changed under a store which had its connection is waited for', async () => {
  const server = await redis();
  const store = open(server.url);
  await store.set('key', 1);
  const direct = new Redis(server.url);
  onTestFinished(() => direct.disconnect());
  await direct.config('SET', 'requirepass', 'right');
  const told: string[] = [];
  store.on('degraded', ({ message }) => told.push(message));
  await direct.call('CLIENT', 'KILL', 'TYPE', 'normal');
  await vi.waitFor(() => expect(store.status).toBe('degraded'));
  const waiting = store.get('key');
  await vi.waitFor(async () => {
    expect(await direct.info('errorstats')).toMatch(/errorstat_NOAUTH:count=([3-9]|\d\d)/);
  });
  await direct.config('SET', 'requirepass', '');
  expect(await waiting).toBe(1);
  expect(told).toHaveLength(1);
});

it('a server that is not there yet is waited for, and a warning says which, once', async () => {
  const port = await freePort();
  const warned = vi.fn();
  process.on('warning', warned);
  onTestFinished(() => void process.off('warning', warned));
  const store = open(`redis://:${SECRET}@127.0.0.1:${port}`);
  const waiting = store.set('key', 1);
  await once(process, 'warning');
  const server = await startRedis({ port, args: ['--requirepass', SECRET] });
  onTestFinished(() => server.stop());
  expect(await waiting).toBe(true);
  const told = warned.mock.calls.flat().filter(({ code }) => code === 'MUSTER_STORE_WAITS');
  expect(told).toHaveLength(1);
  expect(told[0].message).toContain(`Redis at 127.0.0.1:${port}`);
  expect(told[0].message).toContain('ECONNREFUSED');
  expect(told[0].message).not.toContain(SECRET);
});
