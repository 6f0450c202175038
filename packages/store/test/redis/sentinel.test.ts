import { createSharedStore, type SharedStore, type SharedStoreOptions } from '@muster/store';
import { storeConformance } from '@muster/store/testing';
import { Redis } from 'ioredis';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { startRedisSentinels } from '../../../../test/support/redis/sentinel.js';
import { ENDED_BY_ITSELF, leaveOpen } from '../support/leave-open.js';

const set = await startRedisSentinels();
afterAll(() => set.stop());

const opened: SharedStore[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

function open(options: SharedStoreOptions = {}): SharedStore {
  const store = createSharedStore({ ...(options.redis ? {} : { url: set.url }), ...options });
  opened.push(store);
  return store;
}

describe('the Redis engine conforms behind Sentinels', () => {
  for (const { name, run } of storeConformance({ open: (options = {}) => open(options) })) {
    it(name, run);
  }
});

describe('behind Sentinels', () => {
  it('a store that is left open keeps no process alive', async () => {
    expect(await leaveOpen([set.url])).toEqual(ENDED_BY_ITSELF);
  });

  it('a given client is connected like', async () => {
    const client = new Redis({
      sentinels: set.sentinels,
      name: set.masterName,
      keyPrefix: 'app:',
      lazyConnect: true,
    });
    const store = open({ redis: client });
    await store.set('given', 1);
    expect(await client.get('muster::given')).toBe('1');
    client.disconnect();
  });

  it('a database is chosen in the URL', async () => {
    await open({ url: `${set.url}?db=3` }).set('in three', 1);
    const raw = new Redis(`${(await set.master())?.url}/3`);
    expect(await raw.get('muster::in three')).toBe('1');
    raw.disconnect();
  });

  it('a master that stands still is replaced, and calls that may be asked again are answered by the new one', async () => {
    const store = open({ deadlineMs: 15_000 });
    const told: string[] = [];
    store.on('degraded', () => told.push('degraded'));
    store.on('ready', () => told.push('ready'));
    await store.set('kept', 'yes');
    const near = store.namespace<number>('near', { near: { maxStaleMs: 600_000 } });
    await near.set('key', 1);
    await vi.waitFor(async () => {
      expect(await near.get('key')).toBe(1);
      expect(store.near.hits).toBeGreaterThan(0);
    });
    const master = await set.master();
    if (!master) throw new Error('no master');
    const raw = new Redis(master.url);
    expect(await raw.wait(2, 5_000)).toBe(2);
    raw.disconnect();
    process.kill(master.pid ?? 0, 'SIGSTOP');
    try {
      const read = store.get('kept');
      const write = store.increment('n').then(String, (error) => error.code);
      expect(await read).toBe('yes');
      expect(await write).toBe('MUSTER_OUTCOME_UNKNOWN');
      expect(await store.increment('after')).toBe(1);
      expect(told).toEqual(['ready', 'degraded', 'ready']);
    } finally {
      process.kill(master.pid ?? 0, 'SIGCONT');
    }
    await vi.waitFor(async () => expect(await set.master()).not.toBe(master));
    expect(await store.increment('after')).toBe(2);
    // What is kept near by follows as well, though it could be given for minutes.
    const { url } = (await set.master()) ?? {};
    const successor = new Redis(String(url));
    await successor.set('muster:near:key', '2');
    successor.disconnect();
    await vi.waitFor(async () => expect(await near.get('key')).toBe(2));
  });
});
