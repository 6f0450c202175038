// docs/moving/bullmq.md: what waits in BullMQ is worked or moved, with a real Redis.
import { Queue } from 'bullmq';
import { expect, test } from 'vitest';
import { createProject, examplesOf } from '../../support/guide.js';
import { startRedis } from '../../support/redis/server.js';

const page = await examplesOf('docs/moving/bullmq.md', 'js', [
  'before',
  'after',
  'move',
  'nightly',
]);

test('jobs of BullMQ are worked to the end, and those of a later day are moved, once', async () => {
  await using redis = await startRedis();
  await using project = await createProject();
  await project.install('bullmq');
  const env = { REDIS_URL: redis.url };

  const before = await project.run(page.before, { name: 'before.mjs', env });
  await before.printed(/^welcome to ada@example.com$/m);
  const old = new Queue('mail', { connection: { url: redis.url } });
  try {
    await old.upsertJobScheduler('nightly', { pattern: '0 3 * * *' }, { name: 'report' });
    await expect.poll(() => old.getActiveCount()).toBe(0);
    for (const _ of ['moves', 'finds nothing more']) {
      const move = await project.run(page.move, { name: 'move.mjs', env });
      expect(await move.exited).toMatchObject({ code: 0 });
      expect(move.output()).toMatch(
        /waiting: 0, active: 0,\s+delayed: 0, prioritized: 0, failed: 0/,
      );
    }
    expect(await old.getJobSchedulers()).toEqual([]);
  } finally {
    await old.close();
  }

  const look = `
    import { createSharedStore } from '@muster/core';
    import { createQueue } from '@muster/queue';
    const store = createSharedStore();
    const queue = createQueue({ store, name: 'mail' });
    const job = await queue.get('bullmq-2');
    console.log(job.state, job.data, Math.round((job.dueAt - Date.now()) / 86_400_000));
    console.log((await queue.counts()).delayed);
    await store.close();`;
  const found = await project.run(look, { name: 'look.mjs', env });
  expect(await found.exited).toMatchObject({ code: 0 });
  expect(found.output()).toBe("delayed { name: 'reminder', to: 'bob@example.com' } 7\n1\n");

  const after = await project.run(page.after, { name: 'after.mjs', env });
  await after.printed(/^welcome to ada@example.com$/m);
});

test('what node-cron ran in each process is a schedule', async () => {
  await using project = await createProject();
  const end = 'await nightly.runNow();';
  await using program = await project.run(page.nightly + end);
  await program.printed(/^the report$/m);
});
