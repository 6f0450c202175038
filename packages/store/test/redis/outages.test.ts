// A Redis server that is away, comes back, or does not do what a master does.
import { randomUUID } from 'node:crypto';
import { createSharedStore, type SharedStore, type SharedStoreOptions } from '@muster/store';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../../../../test/support/redis/free-port.js';
import { type RedisServer, startRedis } from '../../../../test/support/redis/server.js';
import { CLIENT_OPTIONS, RedisConnection } from '../../dist/redis/topology/connection.js';
import { reconnectDelayMs } from '../../dist/redis/topology/reconnect.js';
import { TurnWrites } from '../../dist/redis/topology/turn-writes.js';

/** For a store to connect anew, on a busy machine. */
const PATIENCE = { timeout: 20_000, interval: 5 };
/** Longer than a test takes. */
const FOR_LONG_MS = 100_000;

const keyPrefix = `muster-test:${randomUUID()}:`;
const opened: SharedStore[] = [];
let server: RedisServer;

beforeEach(async () => {
  server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await server.stop();
});

function open(options: SharedStoreOptions = {}): SharedStore {
  const store = createSharedStore({ url: server.url, keyPrefix, ...options });
  opened.push(store);
  return store;
}

it('is waited for until the deadline, and used again when it is back', async () => {
  const store = open({ deadlineMs: 400 });
  await vi.waitFor(() => store.ready(), PATIENCE);
  const patient = open({ deadlineMs: FOR_LONG_MS });
  await patient.set('key', 1);
  await server.kill();
  const settled: string[] = [];
  const waiting = [patient.get('key'), patient.increment('n')];
  for (const call of waiting) call.finally(() => settled.push('patient'));
  const calls = [store.get('key'), store.set('key', 2), store.increment('n'), store.ready()];
  // Those whose deadline is over, and no others: there is nothing that they could have waited for.
  for (const result of await Promise.allSettled(calls)) {
    expect(result).toMatchObject({
      status: 'rejected',
      reason: { code: 'MUSTER_STORE_UNREACHABLE', message: expect.stringContaining('400 ms') },
    });
  }
  expect(settled).toEqual([]);
  await server.restart();
  expect(await Promise.all(waiting)).toEqual([1, 1]);
  await vi.waitFor(async () => expect(await store.get('key')).toBe(1), PATIENCE);
});

it('degrades the store, which is ready again when it is back', async () => {
  const store = open({ deadlineMs: 300 });
  const told: unknown[] = [];
  store.on('ready', () => told.push('ready'));
  store.on('degraded', (reason) => told.push(reason));
  await vi.waitFor(() => store.ready(), PATIENCE);
  await server.kill();
  await vi.waitFor(() => expect(store.status).toBe('degraded'), PATIENCE);
  await expect(store.get('key')).rejects.toMatchObject({ code: 'MUSTER_STORE_UNREACHABLE' });
  await server.restart();
  // Nothing asks it for anything: it notices by itself.
  await vi.waitFor(() => expect(store.status).toBe('ready'), PATIENCE);
  // However many attempts failed meanwhile.
  expect(told).toEqual([
    'ready',
    expect.objectContaining({ code: 'MUSTER_STORE_UNREACHABLE' }),
    'ready',
  ]);
});

it('is looked for at least twice a second, so that its return is seen within a second', async () => {
  for (let attempt = 1; attempt <= 10_000; attempt++) {
    expect(reconnectDelayMs(attempt)).toBeLessThanOrEqual(500);
  }
  // What really happens: the pauses are these, whatever ioredis would do by default.
  const client = new Redis({ ...CLIENT_OPTIONS, host: '127.0.0.1', port: await freePort() });
  const pauses: number[] = [];
  client.on('reconnecting', (pauseMs: number) => pauses.push(pauseMs));
  const listener = { connected: () => {}, lost: () => {} };
  const connection = new RedisConnection(client, 'test', new TurnWrites(), listener);
  onTestFinished(() => connection.close());
  connection.connect();
  await vi.waitFor(() => expect(pauses.length).toBeGreaterThanOrEqual(5), PATIENCE);
  expect(pauses.slice(0, 5)).toEqual([1, 2, 3, 4, 5].map(reconnectDelayMs));
});

it('is told of where it was never there', async () => {
  await server.kill();
  const store = open({ url: server.url, deadlineMs: 1_000 });
  const told: unknown[] = [];
  store.on('degraded', ({ code, message }) => told.push([code, message]));
  await expect(store.get('key')).rejects.toThrow();
  await vi.waitFor(() => expect(store.status).toBe('degraded'));
  expect(told).toEqual([['MUSTER_STORE_UNREACHABLE', expect.stringContaining('ECONNREFUSED')]]);
});

it('closing a store that cannot reach it does not hang', async () => {
  await server.kill();
  const store = open({ url: server.url, deadlineMs: 300 });
  const call = expect(store.get('key')).rejects.toMatchObject({
    code: 'MUSTER_STORE_UNREACHABLE',
  });
  await store.close();
  await call;
});

it('a wrong password is an error that says so', async () => {
  const secured = await startRedis({ args: ['--requirepass', 'right'] });
  try {
    const store = open({ url: secured.url.replace('//', '//:wrong@'), deadlineMs: 1_000 });
    await vi.waitFor(() => expect(store.get('key')).rejects.toThrow(/WRONGPASS/));
  } finally {
    await secured.stop();
  }
});

it('a server that is a replica for a while, or busy, is sent again what it refused, and nothing else', async () => {
  const store = open({ url: server.url, deadlineMs: 20_000 });
  const direct = new Redis(server.url);
  const both = async () => {
    const sum = await store.increment('n', 2);
    return [sum, await Promise.all([store.set('key', sum), store.increment('n'), store.get('n')])];
  };
  expect(await both()).toEqual([2, [true, 3, 3]]);
  await direct.replicaof('127.0.0.1', 1);
  const waiting = both();
  await vi.waitFor(async () => {
    // Refused at least once.
    expect(String(await direct.info('errorstats'))).toMatch(/READONLY/);
  });
  await direct.replicaof('NO', 'ONE');
  expect(await waiting).toEqual([5, [true, 6, 6]]);

  await direct.config('SET', 'lua-time-limit', '50');
  const other = new Redis(server.url);
  await other.ping();
  const busy = expect(direct.eval('while true do end', 0)).rejects.toThrow(/killed/i);
  await vi.waitFor(() => expect(other.ping()).rejects.toThrow(/BUSY/));
  const refused = both();
  await vi.waitFor(() => expect(other.ping()).rejects.toThrow(/BUSY/));
  await other.script('KILL');
  await busy;
  expect(await refused).toEqual([8, [true, 9, 9]]);
  direct.disconnect();
  other.disconnect();
});

it('a server without memory is full', async () => {
  const small = await startRedis({
    args: ['--maxmemory', '100kb', '--maxmemory-policy', 'noeviction'],
  });
  try {
    const store = open({ url: small.url });
    for (const call of [store.set('key', 'x'), store.increment('n'), store.setMany([['key', 1]])]) {
      await expect(call).rejects.toMatchObject({ code: 'MUSTER_STORE_FULL' });
    }
  } finally {
    await small.stop();
  }
});

it('an update that a replica refused every time has changed nothing, says so, and is not done later', async () => {
  const store = open({ deadlineMs: 200 });
  await vi.waitFor(() => store.set('key', 1), PATIENCE);
  const direct = new Redis(server.url);
  onTestFinished(() => direct.disconnect());
  await direct.replicaof('127.0.0.1', 1);
  let calls = 0;
  const add = (n: number | undefined) => {
    calls++;
    return Number(n) + 1;
  };
  const changes = [
    () => store.update<number>('key', add),
    () => store.transaction<number>(['key', 'other'], (all) => all.map(add)),
  ];
  const refused = {
    code: 'MUSTER_DEADLINE_EXCEEDED',
    message: expect.stringContaining('nothing was changed'),
  };
  for (const change of changes) {
    // At the deadline a read may be under way, or the next attempt to write.
    await vi.waitFor(async () => {
      calls = 0;
      await expect(change()).rejects.toMatchObject(refused);
      expect(calls).toBeGreaterThan(0);
    }, PATIENCE);
  }
  await direct.replicaof('NO', 'ONE');
  await vi.waitFor(() => store.set('after', 1), PATIENCE);
  expect(await store.getMany(['key', 'other'])).toEqual([1, undefined]);
});

it('a server that may drop what nobody deleted is told of, once', async () => {
  const evicting = await startRedis({
    args: ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'],
  });
  const warned = vi.fn();
  process.on('warning', warned);
  try {
    const told = () =>
      warned.mock.calls.flat().filter(({ code }) => code === 'MUSTER_STORE_EVICTS');
    for (let n = 0; n < 2; n++) await open({ url: evicting.url }).set('key', 1);
    await vi.waitFor(() => expect(told()).toHaveLength(1));
    expect(told()[0].message).toMatch(/allkeys-lru.*noeviction/);
    const { port } = new URL(evicting.url);
    expect(told()[0].message).toContain(port);
    await open({ url: server.url }).set('key', 1);
    expect(told()).toHaveLength(1);
  } finally {
    process.off('warning', warned);
    await evicting.stop();
  }
});
