// On Redis a key of a queue may also hold another type than the queue's, which fails every command on it.
import { randomUUID } from 'node:crypto';
import { createQueue, createSchedule } from '@muster/queue';
import { createSharedStore } from '@muster/store';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../dist/testing/case.js';

const url = inject('redisUrl');
const store = createSharedStore({ url });
const redis = new Redis(url);
beforeAll(() => store.ready());
afterAll(async () => {
  await store.close();
  await redis.quit();
});

const text = (key: string) => redis.set(key, 'junk');
/** In one step, as others write there, too. */
const list = (key: string) => redis.multi().del(key).lpush(key, 'junk').exec();

describe('a key of another type', () => {
  it.concurrent.each([
    ['the numbers', '', list],
    ['a job', ':ja', list],
    ['the jobs that wait for one', ':aa', list],
    ['the events', ':e', text],
    ['the end of a job', ':ra', list],
    ...[...'wdblcf'].map((state) => [`the index ${state}`, `:${state}`, text] as const),
  ] as const)('that should have %s costs at most what was in it', async (_, behind, junk) => {
    const name = randomUUID();
    const key = `muster:$muster.queue:{${name}}${behind}`;
    await using queue = createQueue<number>({ store, name, attempts: 1 });
    await queue.listen(() => {});
    await queue.add(1, { id: 'a' });
    await queue.add(1, { id: 'b', after: ['a'] });
    await queue.add(1, { id: 'c', delayMs: 3_600_000 });
    await junk(key);
    const worker = queue.work(() => {});
    await queue.wait((await queue.add(1)).id);
    await worker.close();
    expect(await redis.type(`muster:$muster.queue:{${name}}`)).toBe('string');
    await junk(key);
    await queue.clear();
    expect(await queue.counts()).toMatchObject({ waiting: 0, delayed: 0, blocked: 0, bytes: 0 });
    for (const id of ['a', 'b', 'c']) expect(await queue.get(id)).toBeUndefined();
  });

  it.concurrent('that should have a schedule is replaced by the next process', async () => {
    const name = randomUUID();
    const key = `muster:$muster.schedule:{${name}}:s`;
    await list(key);
    let runs = 0;
    await using schedule = createSchedule({ store, name, everyMs: 100, overlap: true }, () => {
      runs++;
    });
    await eventually(() => runs > 0);
    expect(await schedule.next()).toBeDefined();
  });
});
