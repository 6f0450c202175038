// Every key of a queue holds what no queue wrote, in each kind of it: the job that it concerns ends, all others run, every call
// settles, and nothing is left in the counts.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createQueue, createSchedule } from '@muster/queue';
import { createSharedStore, type SharedStore } from '@muster/store';
import { ownTextsOf } from '@muster/store/procedures';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../dist/testing/case.js';

const IDS = ['waiting', 'blocked', 'delayed', 'failed', 'done'];
/** Behind the first key: those that an id follows, each with the id of a job that has one, and the others. */
const KEYS = [
  ...['', ':!w', ':!e', ':!m'],
  ...IDS.map((id) => `:j${id}`),
  ...[':awaiting', ':rdone', ':udone', ':adone'],
];
/** On Redis they have other types; elsewhere each of their members is a key. */
const INDEXES = [...[...'wdblcf'].map((state) => `:${state}`), ':e'];

/** What may be there in place of the text. */
const TEXTS: Readonly<Record<string, (text: string) => string>> = {
  garbage: () => 'garbage',
  nothing: () => '',
  'bytes that are no text': () => '\0\n\xff\n\n',
  'a part': (text) => text.slice(0, text.length / 2),
  'an object': () => '{"a":[1]}',
  'huge numbers': (text) => text.replaceAll(/\d+/g, '9'.repeat(400)),
  'large numbers': (text) => text.replaceAll(/\d+/g, '9'.repeat(15)),
  'negative numbers': (text) => text.replaceAll(/\d+/g, '-7'),
  'no numbers': (text) => text.replaceAll(/\d+/g, 'NaN'),
};

type Spoil = ((key: string) => Promise<unknown>) | undefined;

/** Settles in time, with a value or with an error of Muster's. */
async function settles(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (!String((error as { code?: string }).code).startsWith('MUSTER_')) throw error;
  });
}

async function spoiled(
  store: SharedStore,
  what: string,
  spoil: (base: string) => Promise<unknown>,
  /** An index may have what is no job at all, or one that is gone. */
  isCleared: boolean,
): Promise<void> {
  const name = randomUUID();
  const queue = createQueue<number>({ store, name, attempts: 1 });
  try {
    const run = ({ id }: { id: string }): void => {
      if (id === 'failed') throw new Error('broken');
    };
    const first = queue.work(run, { concurrency: 2 });
    await queue.add(1, { id: 'failed' });
    await queue.add(2, { id: 'done', dedupeMs: 3_600_000 });
    await Promise.all([settles(queue.wait('failed')), queue.wait('done')]);
    await first.close();
    await queue.add(3, { id: 'waiting' });
    await queue.add(4, { id: 'blocked', after: ['waiting'] });
    await queue.add(5, { id: 'delayed', delayMs: 3_600_000 });
    await spoil(`{${name}}`);
    const worker = queue.work(run);
    // Another one is added, runs and is waited for.
    await queue.wait((await queue.add(6, { id: 'new' })).id);
    await Promise.all(['waiting', 'failed', 'done'].map((id) => settles(queue.wait(id))));
    // It waits for the retry of one that failed.
    await queue.remove('waiting');
    await settles(queue.wait('blocked'));
    await settles(queue.retry('delayed'));
    await Promise.all([
      queue.failed(),
      queue.waiting(),
      ...IDS.map((id) => settles(queue.get(id))),
    ]);
    await eventually(async () => {
      if (isCleared) await queue.clear();
      for (const id of [...IDS, 'new']) await queue.remove(id);
      const { isPaused: _, oldestMs: __, ...numbers } = await queue.counts();
      return Object.values(numbers).every((number) => number === 0);
    });
    await worker.close();
  } catch (error) {
    throw new Error(`${what}: ${String(error)}`, { cause: error });
  } finally {
    await queue.close();
  }
}

/** Several at once, since each waits for others most of the time. */
async function all(cells: readonly (() => Promise<void>)[]): Promise<void> {
  const left = [...cells];
  const one = async (): Promise<void> => {
    for (let cell = left.pop(); cell; cell = left.pop()) await cell();
  };
  await Promise.all(Array.from({ length: 12 }, one));
}

function cellsOf(
  store: SharedStore,
  keys: readonly string[],
  kinds: Readonly<Record<string, Spoil>>,
  isCleared = false,
): (() => Promise<void>)[] {
  return keys.flatMap((key) =>
    Object.entries(kinds).map(
      ([kind, spoil]) =>
        () =>
          spoiled(
            store,
            `${kind} at ${key || 'the numbers'}`,
            async (base) => spoil?.(base + key),
            isCleared,
          ),
    ),
  );
}

/** @param texts the entries of queues */
function textKinds(store: SharedStore): Record<keyof typeof TEXTS, Spoil> {
  const texts = ownTextsOf(store, 'queue');
  return Object.fromEntries(
    Object.entries(TEXTS).map(([kind, made]) => [
      kind,
      async (key: string) => texts.set(key, made((await texts.get(key)) ?? ''), 'never'),
    ]),
  );
}

describe('a queue goes on with junk in each of its keys', () => {
  it('in memory', async () => {
    await using store = createSharedStore({ url: `memory:${randomUUID()}` });
    await all(cellsOf(store, KEYS, textKinds(store)));
  });

  it('on the embedded engine', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-junk-'));
    afterAll(() => rm(folder, { recursive: true }));
    await using store = createSharedStore({ url: `lmdb:${folder}` });
    const { garbage, 'huge numbers': huge } = textKinds(store);
    await all(cellsOf(store, KEYS, { garbage, huge }));
  });

  it('on Redis, also where it has another type, or is gone', async () => {
    const url = inject('redisUrl');
    await using store = createSharedStore({ url });
    await store.ready();
    const redis = new Redis(url);
    const full = (key: string): string => `muster:$muster.queue:${key}`;
    const list: Spoil = (key) => redis.multi().del(full(key)).lpush(full(key), 'junk').exec();
    const gone: Spoil = (key) => redis.del(full(key));
    const text: Spoil = (key) => redis.set(full(key), 'junk');
    const odd = ['', '!', 'nan', 'zzz', '0'.repeat(35), `${'9'.repeat(27)}done`];
    const members: Spoil = (key) => redis.zadd(full(key), ...odd.flatMap((it, at) => [at - 2, it]));
    const { garbage, 'huge numbers': huge } = textKinds(store);
    await all([
      ...cellsOf(store, KEYS, { garbage, huge, list }),
      ...cellsOf(store, KEYS, { gone }, true),
      ...cellsOf(store, INDEXES, { list, gone, text, members }, true),
    ]);
    await redis.quit();
  });

  it('and so does a schedule', async () => {
    const url = inject('redisUrl');
    await using store = createSharedStore({ url });
    const redis = new Redis(url);
    const name = randomUUID();
    await redis.lpush(`muster:$muster.schedule:{${name}}:s`, 'junk');
    let runs = 0;
    await using schedule = createSchedule({ store, name, everyMs: 100, overlap: true }, () => {
      runs++;
    });
    await eventually(() => runs > 0);
    expect(await schedule.next()).toBeDefined();
    await redis.quit();
  });
});
