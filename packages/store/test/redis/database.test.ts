// Which database of a server, and by which address: the one that was asked for, or none.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createSharedStore,
  resolveStoreTarget,
  type SharedStore,
  type SharedStoreOptions,
} from '@muster/store';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RedisServer, startRedis } from '../../../../test/support/redis/server.js';

const keyPrefix = `muster-test:${randomUUID()}:`;
let folder: string;
let socket: string;
let server: RedisServer;
const opened: SharedStore[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-test-'));
  socket = join(folder, 'a socket');
  server = await startRedis({ args: ['--databases', '4', '--unixsocket', socket] });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

function open(options: Parameters<typeof createSharedStore>[0]): SharedStore {
  const store = createSharedStore({ keyPrefix, ...options });
  opened.push(store);
  return store;
}

/** How many keys each database has that has any. */
async function databases(): Promise<Record<string, number>> {
  const raw = new Redis(server.url);
  const info = await raw.info('keyspace');
  raw.disconnect();
  return Object.fromEntries(
    Array.from(info.matchAll(/^db(\d+):keys=(\d+)/gm), ([, db = '', keys]) => [db, Number(keys)]),
  );
}

describe('a database that the server has not', () => {
  // At once, since each call waits for its deadline.
  it.concurrent.for<[what: string, options: () => SharedStoreOptions]>([
    ['in a URL', () => ({ url: `${server.url}/99` })],
    ['as a parameter', () => ({ url: `${server.url}?db=99` })],
    ['behind a socket', () => ({ url: `redis+unix://${encodeURI(socket)}?db=99` })],
    ['of a client', () => ({ redis: new Redis({ port: server.port, db: 99, lazyConnect: true }) })],
    [
      'of a client that makes no ready check',
      () => ({
        redis: new Redis({
          port: server.port,
          db: 99,
          lazyConnect: true,
          enableReadyCheck: false,
        }),
      }),
    ],
  ])('%s is an error of each call, and nothing goes elsewhere', async ([, options], context) => {
    const store = createSharedStore({ keyPrefix, ...options(), deadlineMs: 2_000 });
    context.onTestFinished(() => store.close());
    const degraded = vi.fn();
    store.on('degraded', degraded);
    const refused = {
      status: 'rejected',
      reason: {
        code: 'MUSTER_STORE_UNREACHABLE',
        message: expect.stringMatching(/database 99 .*out of range/),
      },
    };
    // Once more where there was no answer by the deadline.
    await vi.waitFor(async () => {
      const calls = [store.set('key', 1), store.increment('n'), store.get('key'), store.ready()];
      expect(await Promise.allSettled(calls)).toMatchObject(calls.map(() => refused));
    });
    expect(store.status).toBe('degraded');
    expect(degraded).toHaveBeenCalledOnce();
    expect(await databases()).toEqual({});
  });

  it('is used as soon as the server lets it be', async () => {
    const raw = new Redis(server.url);
    await raw.acl('SETUSER', 'default', '-select');
    const store = open({ url: `${server.url}/3`, deadlineMs: 20_000 });
    const waiting = store.set('key', 1);
    await vi.waitFor(async () => expect(await raw.info('errorstats')).toContain('NOPERM'), 10_000);
    await raw.acl('SETUSER', 'default', '+select');
    raw.disconnect();
    expect(await waiting).toBe(true);
    // The key, and the mark of the data.
    expect(await databases()).toEqual({ 3: 2 });
    await store.delete('key');
  });
});

describe('the database is', () => {
  it.each([
    ['1', () => `${server.url}/1`],
    ['2', () => `${server.url}?db=2`],
    ['0', () => `redis+unix://${encodeURI(socket)}`],
    ['3', () => `redis+unix://${encodeURI(socket)}?db=3`],
  ])('%s', async (db, url) => {
    const store = open({ url: url() });
    // With the first write, the mark of the data is there.
    await store.set('first', 1);
    const before = (await databases())[db] ?? 0;
    const changed = vi.fn();
    await store.watch({ key: 'key' }, changed);
    await store.set('key', 1);
    await vi.waitFor(() => expect(changed).toHaveBeenCalled());
    expect((await databases())[db]).toBe(before + 1);
    await store.deleteMany(['first', 'key']);
  });
});

describe('is refused before anything is opened:', () => {
  it.each([
    ['redis://host/-1', /number of a database/],
    ['redis://host/abc', /number of a database/],
    ['redis://host/1/2', /number of a database/],
    ['redis://host?db=abc', /number of a database/],
    ['redis://host/1?db=2', /database is there twice/],
    ['redis:///tmp/x.sock', /redis\+unix:\/\/\/path/],
    ['rediss:///tmp/x.sock', /redis\+unix:\/\/\/path/],
    ['redis+unix://tmp/x.sock', /redis\+unix:\/\/\/path/],
    ['redis+unix:///', /redis\+unix:\/\/\/path/],
    ['redis+unix:///tmp/x.sock?db=x', /number of a database/],
    ['redis+unix:///tmp/x.sock?database=2', /no parameter "database"/],
    ['rediss+unix:///tmp/x.sock', /none of these/],
    ['redis://:se%cret@host', /%25/],
    ['redis://se%cret@host', /%25/],
    ['redis+unix://:se%cret@/tmp/x.sock', /%25/],
    ['redis+unix:///tmp/100%', /%25/],
  ])('%s', (url, message) => {
    for (const make of [createSharedStore, resolveStoreTarget]) {
      expect(() => make({ url })).toThrow(
        expect.objectContaining({ code: 'MUSTER_INVALID_OPTION' }),
      );
      expect(() => make({ url })).toThrow(message);
      expect(() => make({ url })).not.toThrow(/cret/);
    }
  });

  it('a client whose database is no number', () => {
    for (const db of [-1, 1.5, 'abc' as unknown as number]) {
      const redis = new Redis({ lazyConnect: true, db });
      expect(() => createSharedStore({ redis })).toThrow(/db of the client.*whole number/);
    }
  });
});
