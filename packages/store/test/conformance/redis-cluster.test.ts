import { createSharedStore } from '@muster/store';
import { storeConformance } from '@muster/store/testing';
import { afterAll, describe, it } from 'vitest';
import { startRedisCluster } from '../../../../test/support/redis/cluster.js';

const cluster = await startRedisCluster();
afterAll(() => cluster.stop());

describe('the Redis engine conforms on a Cluster of three masters', () => {
  const open = (options: object = {}) => createSharedStore({ ...options, url: cluster.url });
  for (const { name, run } of storeConformance({ open })) it(name, run);
});
