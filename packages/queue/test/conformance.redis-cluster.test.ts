// Those keys of a queue that are made in scripts have to be in its slot: a server of a Cluster refuses all others.
import { queueConformance } from '@muster/queue/testing';
import { createSharedStore } from '@muster/store';
import { afterAll, describe, it } from 'vitest';
import { startRedisCluster } from '../../../test/support/redis/cluster.js';

const cluster = await startRedisCluster();
afterAll(() => cluster.stop());

describe('queues on a Redis Cluster of three masters', () => {
  const open = () => createSharedStore({ url: cluster.url });
  for (const { name, run } of queueConformance({ open })) it.concurrent(name, run);
});
