// Something that speaks the protocol of Redis and makes its answers up: a broken proxy, a server of another kind.
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createSharedStore, type SharedStore, StoreError } from '@muster/store';
import { expect, it, onTestFinished, vi } from 'vitest';

const DEADLINE_MS = 800;

/** What it says to every command, in the protocol's words. */
const ANSWERS = {
  nil: '$-1\r\n',
  'a number': ':42\r\n',
  OK: '+OK\r\n',
  text: '$4\r\nNaN!\r\n',
  'an empty list': '*0\r\n',
  'a list of nil': '*2\r\n$-1\r\n$-1\r\n',
  'a list of text': '*2\r\n$3\r\nNaN\r\n$1\r\nx\r\n',
  'a list of errors': '*2\r\n-ERR one\r\n-ERR two\r\n',
} as const;

async function answering(answer: string): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      // A command is a list of texts: `*<length>`, and `$<length>` before each.
      socket.write(answer.repeat(data.toString().match(/\*\d+\r\n\$/g)?.length ?? 0));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return `redis://127.0.0.1:${port}`;
}

/** Every procedure of the store, alone and as one of a batch. */
function callsOf(store: SharedStore): Record<string, () => Promise<unknown>> {
  const limit = store.rateLimit('limit', { limit: 1, periodMs: 1_000 });
  const set = store.sortedSet('set');
  const cache = store.cache<string>('cache');
  const lists = async (pages: AsyncIterable<unknown>) => {
    const items = [];
    for await (const item of pages) items.push(item);
    return items;
  };
  const calls: Record<string, () => Promise<unknown>> = {
    ready: () => store.ready(),
    get: () => store.get('key'),
    getMany: () => store.getMany(['a', 'b', 'c']),
    getWithTtl: () => store.getWithTtl('key'),
    set: () => store.set('key', 1),
    setIfAbsent: () => store.set('key', 1, { ifAbsent: true }),
    setMany: () => store.setMany([['key', 1]]),
    has: () => store.has('key'),
    hasMany: () => store.hasMany(['a', 'b', 'c']),
    delete: () => store.delete('key'),
    touch: () => store.touch('key', { ttlMs: 1_000 }),
    ttlMs: () => store.ttlMs('key'),
    increment: () => store.increment('key'),
    incrementWithin: () => store.increment('key', 1, { max: 5, withTtl: true }),
    update: () => store.update('key', () => 1),
    transaction: () => store.transaction(['key'], () => [1]),
    compareAndSet: () => store.compareAndSet('key', 1, 2),
    getAndDelete: () => store.getAndDelete('key'),
    keys: () => lists(store.keys()),
    entries: () => lists(store.entries()),
    take: () => limit.take('id'),
    peek: () => limit.peek('id'),
    acquire: () => limit.acquire('id', { waitMs: 50 }),
    block: () => limit.block('id', 1_000),
    lock: async () => (await store.lock('lock', { waitMs: 50 })).token,
    permit: async () =>
      (await store.semaphore('permits', { permits: 2 }).acquire({ waitMs: 50 })).token,
    add: () => set.add('member', 1),
    score: () => set.score('member'),
    rank: () => set.rank('member'),
    range: () => set.range({ by: 'rank' }),
    remove: () => set.remove('member'),
    removeRange: () => set.removeRange({ by: 'rank' }),
    incrementScore: () => set.increment('member'),
    countScores: () => set.count(),
    peekCache: () => cache.peek('key'),
    setCache: () => cache.set('key', 'value', { tags: ['tag'] }),
    watch: () => store.watch({ prefix: '' }, () => {}),
    invalidateTag: () => cache.invalidateTag('tag'),
  };
  for (const [name, call] of Object.entries(calls)) {
    calls[`two of ${name}`] = () => Promise.all([call(), call()]);
  }
  return calls;
}

/** Their scripts answer 1, which none of these answers is: not one of them was carried out. */
const ACKNOWLEDGED_BY_ONE = ['setMany', 'block'];

it.for(Object.entries(ANSWERS))(
  'gets %s for everything: each call settles, and none of it is believed',
  async ([, answer], { signal }) => {
    const uncaught = vi.fn();
    for (const event of ['uncaughtException', 'unhandledRejection']) {
      process.on(event, uncaught);
      onTestFinished(() => void process.off(event, uncaught));
    }
    const store = createSharedStore({ url: await answering(answer), deadlineMs: DEADLINE_MS });
    onTestFinished(() => store.close());
    signal.throwIfAborted();
    const settled = await Promise.all(
      Object.entries(callsOf(store)).map(async ([name, call]) => {
        try {
          return [name, await call()];
        } catch (error) {
          return [name, error];
        }
      }),
    );
    for (const [name, output] of settled) {
      if (output instanceof Error) expect(output, String(name)).toBeInstanceOf(StoreError);
      else if (ACKNOWLEDGED_BY_ONE.includes(String(name))) expect.unreachable(String(name));
      else expect(shownOf(output), String(name)).not.toMatch(/NaN|Infinity|"value"/);
    }
    expect(await store.cache('cache').get('key', () => 'loaded')).toBe('loaded');
    expect(uncaught).not.toHaveBeenCalled();
  },
);

/** With what JSON would leave out. */
function shownOf(output: unknown): string {
  return String(
    JSON.stringify(output, (_, value) => (typeof value === 'number' ? String(value) : value)),
  );
}

it('says so, and to the call alone that it was the answer of', async () => {
  const store = createSharedStore({ url: await answering(ANSWERS.nil), deadlineMs: 20_000 });
  onTestFinished(() => store.close());
  const limit = store.rateLimit('limit', { limit: 1, periodMs: 1_000 });
  for (const call of [
    () => limit.take('id'),
    () => store.lock('lock'),
    () => store.set('key', 1),
  ]) {
    await expect(call()).rejects.toMatchObject({
      code: 'MUSTER_STORE_FAILED',
      message: expect.stringContaining('Redis answered what this store cannot read'),
      cause: expect.any(Error),
    });
  }
  // Nil is what Redis says of a key that is not there.
  const [gone, failed] = await Promise.allSettled([store.getAndDelete('key'), store.get('key')]);
  expect(gone).toEqual({ status: 'fulfilled', value: undefined });
  expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'MUSTER_STORE_FAILED' } });
});
