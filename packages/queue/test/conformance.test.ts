import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queueConformance } from '@muster/queue/testing';
import { createSharedStore } from '@muster/store';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';

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
});
