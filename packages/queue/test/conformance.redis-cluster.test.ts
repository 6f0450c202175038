// Those keys of a queue that are made in scripts have to be in its slot: a server of a Cluster refuses all others.
import { createQueue } from '@muster/queue';
import { queueConformance } from '@muster/queue/testing';
import { createSharedStore } from '@muster/store';
import { afterAll, describe, expect, it } from 'vitest';
import { startRedisCluster } from '../../../test/support/redis/cluster.js';

const cluster = await startRedisCluster();
afterAll(() => cluster.stop());

describe('queues on a Redis Cluster of three masters', () => {
  const open = () => createSharedStore({ url: cluster.url });
  for (const { name, run } of queueConformance({ open })) it.concurrent(name, run);

  it('a job whose transaction has keys in another slot is refused with the hash tag', async () => {
    await using store = open();
    const mail = createQueue({ store, name: 'mail' });
    const order = store.transaction(['order'], (_, transaction) => [mail.addIn(transaction, 1)]);
    await expect(order).rejects.toMatchObject({
      code: 'MUSTER_INVALID_OPTION',
      message: expect.stringContaining('{mail}'),
    });
    expect(await store.has('order')).toBe(false);
    expect((await mail.counts()).waiting).toBe(0);
  });
});
