// A connection that breaks between a request and its answer.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createSharedStore,
  type Lock,
  type SharedStore,
  type SharedStoreOptions,
} from '@muster/store';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { RedisProxy } from '../../../../test/support/redis/proxy.js';
import { whileAwake } from '../../../../test/support/standstill.js';

/** On a busy machine. */
const PATIENCE = { timeout: 20_000 };

const url = inject('redisUrl');
const opened: SharedStore[] = [];
let keyPrefix: string;
let raw: Redis;
let proxy: RedisProxy;

beforeEach(async () => {
  keyPrefix = `muster-test:${randomUUID()}:`;
  raw = new Redis(url);
  proxy = await RedisProxy.start(url);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await proxy.close();
  raw.disconnect();
});

function open(options: SharedStoreOptions = {}): SharedStore {
  const store = createSharedStore({ url, keyPrefix, ...options });
  opened.push(store);
  return store;
}

const key = () => `${keyPrefix}:key`;

interface Write {
  /** What `key` of the store holds before; `null`: it is not there. */
  readonly from: string | null;
  /** And once it is applied. With ` …` where it will end. */
  readonly to: unknown;
  /** Behind the prefix. Default: `:key`, which is the store's `key`. */
  readonly at?: string;
  /** @param lock is held. */
  run(store: SharedStore, lock: Lock): Promise<unknown>;
}

/** Every call that changes something and may not be run twice; those of locks and of a load are in redis-locks.test.ts. */
const writes: Record<string, Write> = {
  set: { from: '1', to: '2', run: (store) => store.set('key', 2) },
  'set ifAbsent': { from: null, to: '2', run: (store) => store.set('key', 2, { ifAbsent: true }) },
  'set ifPresent': { from: '1', to: '2', run: (store) => store.set('key', 2, { ifPresent: true }) },
  'set with a fence': {
    from: '1',
    to: '2',
    run: (store, fence) => store.set('key', 2, { fence }),
  },
  'set ifAbsent with a fence': {
    from: null,
    to: '2',
    run: (store, fence) => store.set('key', 2, { ifAbsent: true, fence }),
  },
  setMany: {
    from: '1',
    to: '2',
    run: (store) =>
      store.setMany([
        ['key', 2],
        ['more', 2],
      ]),
  },
  increment: { from: '1', to: '6', run: (store) => store.increment('key', 5) },
  'increment of nothing': {
    from: null,
    to: '5 …',
    run: (store) => store.increment('key', 5, { ttlMs: 60_000 }),
  },
  'increment within bounds': {
    from: '1',
    to: '6',
    run: (store) => store.increment('key', 5, { min: 0, max: 6 }),
  },
  update: { from: '1', to: '7', run: (store) => store.update('key', () => 7) },
  'update of nothing': { from: null, to: '7', run: (store) => store.update('key', () => 7) },
  'update to nothing': {
    from: '1',
    to: null,
    run: (store) => store.update('key', () => undefined),
  },
  compareAndSet: { from: '1', to: '8', run: (store) => store.compareAndSet('key', 1, 8) },
  'compareAndSet of nothing': {
    from: null,
    to: '8',
    run: (store) => store.compareAndSet('key', undefined, 8),
  },
  'compareAndSet to nothing': {
    from: '1',
    to: null,
    run: (store) => store.compareAndSet('key', 1, undefined),
  },
  getAndDelete: { from: '1', to: null, run: (store) => store.getAndDelete('key') },
  delete: { from: '1', to: null, run: (store) => store.delete('key') },
  deleteMany: { from: '1', to: null, run: (store) => store.deleteMany(['key', 'another']) },
  clear: { from: '1', to: null, run: (store) => store.clear() },
  touch: { from: '1', to: '1 …', run: (store) => store.touch('key', { ttlMs: 60_000 }) },
  'take of a rate limit': {
    at: '$muster.limit:taken:id',
    from: null,
    to: expect.stringMatching(/^40000 /),
    run: (store) => store.rateLimit('taken', { limit: 3, periodMs: 60_000 }).take('id', 2),
  },
  'invalidateTag of a cache': {
    at: '$muster.tag:pages:red',
    from: 'version',
    to: null,
    run: (store) => store.cache('pages').invalidateTag('red'),
  },
  'delete of a cache': {
    at: '$muster.cache:pages:{=front}',
    from: 'entry',
    to: null,
    run: (store) => store.cache('pages').delete('front'),
  },
  'delete of a cache, of a load under way': {
    at: '$muster.load:pages:{=front}',
    from: 'load',
    to: null,
    run: (store) => store.cache('pages').delete('front'),
  },
  'clear of a cache': {
    at: '$muster.cache:pages:{=front}',
    from: 'entry',
    to: null,
    run: (store) => store.cache('pages').clear(),
  },
  'clear of a cache, of a load under way': {
    at: '$muster.load:pages:{=front}',
    from: 'load',
    to: null,
    run: (store) => store.cache('pages').clear(),
  },
};

it.each(Object.entries(writes))(
  '%s, sent and not answered, is applied once, and says that it cannot know',
  async (_, { at = ':key', from, to, run }) => {
    const name = keyPrefix + at;
    const state = async () => {
      const [text, leftMs] = await Promise.all([raw.get(name), raw.pttl(name)]);
      return leftMs > 0 ? `${text} …` : text;
    };
    const begin = () => (from === null ? raw.del(name) : raw.set(name, from));
    const store = open({ url: proxy.url });
    const lock = await store.lock('fence');
    await begin();
    proxy.dropRepliesFrom(/\b(set|eval|evalsha|unlink|getdel|incrby)\b/i);
    const outcome = expect(run(store, lock)).rejects.toMatchObject({
      code: 'MUSTER_OUTCOME_UNKNOWN',
    });
    await vi.waitFor(async () => expect(await state()).toEqual(to), PATIENCE);
    // As it was: sent a second time, it would be applied again.
    await begin();
    proxy.passRepliesAgain();
    proxy.cut();
    await outcome;
    // Whatever the store sends on its next connection has arrived before this answer.
    await store.has('key');
    expect(await state()).toBe(from);
  },
);

it('a read that was not answered is asked again', async () => {
  const store = open({ url: proxy.url });
  await store.set('key', 1);
  proxy.dropRepliesFrom(/\bmget\b/);
  const reading = store.get('key');
  await vi.waitFor(() => expect(proxy.drops).toBe(true));
  proxy.passRepliesAgain();
  proxy.cut();
  expect(await reading).toBe(1);
});

it('a question to a rate limit that was not answered is asked again', async () => {
  const limit = open({ url: proxy.url }).rateLimit('asked', { limit: 3, periodMs: 60_000 });
  await limit.take('id', 2);
  proxy.dropRepliesFrom(/\beval\b/);
  const asking = limit.take('id', 0);
  await vi.waitFor(() => expect(proxy.drops).toBe(true));
  proxy.passRepliesAgain();
  proxy.cut();
  expect(await asking).toMatchObject({ allowed: true, remaining: 1 });
});

it('where no answer comes any more, calls end with the deadline, and the next connection serves', async () => {
  const store = open({ url: proxy.url, deadlineMs: 2_500 });
  await vi.waitFor(() => store.set('key', 1), PATIENCE);
  proxy.dropRepliesFrom(/\bmget\b/);
  const results = await Promise.allSettled([store.get('key'), store.increment('n')]);
  expect(results).toMatchObject([
    { reason: { code: 'MUSTER_DEADLINE_EXCEEDED' } },
    { reason: { code: 'MUSTER_OUTCOME_UNKNOWN' } },
  ]);
  proxy.passRepliesAgain();
  await vi.waitFor(async () => expect(await store.get('key')).toBe(1), PATIENCE);
  expect(await store.increment('n')).toBe(2);
});

it('an update whose write is not answered ends with its deadline, not that of the write', () =>
  whileAwake(async () => {
    proxy.passRepliesAgain();
    const store = open({ url: proxy.url, deadlineMs: 2_000 });
    await vi.waitFor(() => store.set('key', 1), PATIENCE);
    proxy.dropRepliesFrom(/\beval\b/);
    const settled: string[] = [];
    let sameTime: Promise<unknown> = Promise.reject(new Error('the function did not run'));
    sameTime.catch(() => {});
    const update = store.update('key', async () => {
      // Long enough that no pause of this process makes the two deadlines one.
      await delay(1_000);
      // Has as much time as the write that follows.
      sameTime = store.touch('other', { ttlMs: 1_000 }).finally(() => settled.push('same time'));
      sameTime.catch(() => {});
      return 2;
    });
    const outcome = update.finally(() => settled.push('update'));
    await expect(outcome).rejects.toMatchObject({ code: 'MUSTER_OUTCOME_UNKNOWN' });
    await expect(sameTime).rejects.toMatchObject({ code: 'MUSTER_OUTCOME_UNKNOWN' });
    expect(settled).toEqual(['update', 'same time']);
    expect(await raw.get(key())).toBe('2');
  }));

it('an answer that came while this process was blocked counts', () =>
  // Once more where the server stood still for as long.
  whileAwake(async () => {
    // Not through the proxy, which is in this process.
    const store = open({ deadlineMs: 1_000 });
    await store.set('n', 0);
    await store.set('key', 1);
    const calls = Promise.all([store.get('key'), store.increment('n')]);
    await new Promise(setImmediate);
    const until = performance.now() + 1_200;
    while (performance.now() < until);
    expect(await calls).toEqual([1, 1]);
  }));

it('20 increments on broken connections are each applied once or not acknowledged', async () => {
  const store = open({ url: proxy.url });
  let acknowledged = 0;
  let unknown = 0;
  for (let round = 0; round < 20; round++) {
    const calls = Array.from({ length: 10 }, () => store.increment('n'));
    if (round % 2 === 0) setImmediate(() => proxy.cut());
    for (const result of await Promise.allSettled(calls)) {
      if (result.status === 'fulfilled') acknowledged++;
      else if (result.reason.code === 'MUSTER_OUTCOME_UNKNOWN') unknown++;
      else throw result.reason;
    }
  }
  const stored = Number(await raw.get(`${keyPrefix}:n`));
  expect(acknowledged + unknown).toBe(200);
  expect(unknown).toBeGreaterThan(0);
  expect(stored).toBeGreaterThanOrEqual(acknowledged);
  expect(stored).toBeLessThanOrEqual(acknowledged + unknown);
});

describe('a connection that is accepted and never answered', () => {
  it('is given up, and calls go over another one', async () => {
    proxy.isMute = true;
    const store = open({ url: proxy.url, deadlineMs: 20_000 });
    const degraded = vi.fn();
    store.on('degraded', degraded);
    const waiting = store.set('key', 1);
    await vi.waitFor(() => expect(degraded).toHaveBeenCalled(), PATIENCE);
    expect(degraded).toHaveBeenCalledWith(
      expect.objectContaining({ message: expect.stringContaining('not answered for 2000 ms') }),
    );
    proxy.isMute = false;
    expect(await waiting).toBe(true);
  });

  it('is given up where only the one for changes is, and those who watch are told of the gap', async () => {
    const store = open({ url: proxy.url });
    const changes: unknown[] = [];
    await store.watch({ key: 'key' }, (change) => changes.push(change));
    await store.set('key', 1);
    await vi.waitFor(() => expect(changes).toHaveLength(1), PATIENCE);
    proxy.isMute = true;
    const before = proxy.accepted;
    proxy.cut(/muster:watch/);
    await vi.waitFor(() => expect(proxy.accepted).toBeGreaterThan(before), PATIENCE);
    proxy.isMute = false;
    await store.set('key', 2);
    await vi.waitFor(() => expect(changes).toContainEqual({ type: 'reset' }), PATIENCE);
    await store.set('key', 3);
    await vi.waitFor(
      () => expect(changes).toContainEqual({ type: 'change', key: 'key', value: 3 }),
      PATIENCE,
    );
  });
});
