// The demo on the two other shapes of Redis. What it does is tested in demo.test.ts.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Demo } from '../support/demo.js';
import { createClient } from '../support/http-client.js';
import { startRedisCluster } from '../support/redis/cluster.js';
import { startRedisSentinels } from '../support/redis/sentinel.js';

test.each([
  ['a Cluster', startRedisCluster],
  ['a set behind Sentinels', startRedisSentinels],
])('the demo counts visits and keeps sessions on %s', async (_, start) => {
  const redis = await start();
  onTestFinished(() => redis.stop());
  const folder = await mkdtemp(join(tmpdir(), 'muster-demo-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await using demo = new Demo(folder, { WORKERS: '2', REDIS_URL: redis.url });
  await demo.start();
  expect(demo.output).toMatch(/engine +redis/);
  const visits = Array.from({ length: 200 }, async () => {
    return (await createClient(demo.port).post('/api/visit')).body.visits;
  });
  expect((await Promise.all(visits)).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 200 }, (_, n) => n + 1),
  );
  const client = createClient(demo.port);
  await client.post('/api/login', { name: 'Ada' });
  for (let n = 0; n < 6; n++) {
    const me = await client.get('/api/me');
    expect(me).toMatchObject({ status: 200, body: { name: 'Ada' } });
  }
});
