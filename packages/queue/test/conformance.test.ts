import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createQueue } from '@muster/queue';
import { queueConformance } from '@muster/queue/testing';
import { createSharedStore } from '@muster/store';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';

describe('queues in memory', () => {
  const open = () => createSharedStore({ url: 'memory:queues' });
  // The suite opens and closes many stores on the same data; this one keeps it open meanwhile.
  const keeper = open();
  beforeAll(() => keeper.ready());
  afterAll(() => keeper.close());
  for (const { name, run } of queueConformance({ open })) it.concurrent(name, run);
});

describe('queues on the embedded engine', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'muster-queue-'));
  afterAll(() => rm(folder, { recursive: true }));
  const open = () => createSharedStore({ url: `lmdb:${folder}` });
  for (const { name, run } of queueConformance({ open })) it.concurrent(name, run);
});

describe('queues on Redis', () => {
  const open = () => createSharedStore({ url: inject('redisUrl') });
  for (const { name, run } of queueConformance({ open })) it.concurrent(name, run);

  // As arguments of one function, they do not fit on its stack.
  it('takes 35,000 jobs in one call', async () => {
    await using store = createSharedStore({ url: inject('redisUrl'), deadlineMs: 60_000 });
    const queue = createQueue<number>({ store, name: randomUUID() });
    onTestFinished(() => queue.close());
    const added = await queue.addMany(Array.from({ length: 35_000 }, (_, data) => ({ data })));
    expect([added.length, (await queue.counts()).waiting]).toEqual([35_000, 35_000]);
  });
});
