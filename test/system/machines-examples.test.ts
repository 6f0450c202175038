// What the examples show on two machines: two clusters of this computer, and one Redis.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { Demo } from '../support/demo.js';
import { createClient } from '../support/http-client.js';
import { runProgram } from '../support/program.js';
import { startRedis } from '../support/redis/server.js';

const PRIMES = new URL('../../docs/examples/machines/primes.js', import.meta.url);
const PATIENCE = { timeout: 60_000, interval: 50 };

const redis = await startRedis();
afterAll(() => redis.stop());

test('primes are counted by the workers of two machines', async () => {
  const env = { REDIS_URL: redis.url };
  await using helper = runProgram(PRIMES, { env });
  await using asker = runProgram(PRIMES, { env, args: ['200000', '4'] });
  await asker.printed(/^17984 primes below 200000, counted by \S+, \S+$/m);
  expect(helper.output()).toContain('is here');
}, 120_000);

test('the demo shows the workers of two machines, and kills on the other one', async () => {
  const folder = await mkdtemp(join(tmpdir(), `muster-${randomUUID()}`));
  const env = { WORKERS: '1', REDIS_URL: redis.url };
  await using one = new Demo(folder, env, ['--machines']);
  await using other = new Demo(folder, env, ['--machines']);
  await Promise.all([one.start(), other.start()]);
  const seen = async (demo: Demo) =>
    (await demo.workers()).map(({ machine, pid }) => `${machine} ${pid}`);
  await vi.waitFor(async () => {
    const list = await seen(one);
    expect(list).toHaveLength(2);
    expect(new Set(list.map((text) => text.split(' ')[0])).size).toBe(2);
    expect(await seen(other)).toEqual(list);
  }, PATIENCE);
  const theirs = (await one.workers()).find(({ pid }) => other.output.includes(`(pid ${pid})`));
  const { machine, slot } = theirs ?? {};
  const killed = await createClient(one.port).post('/api/kill', { machine, slot });
  expect(killed.status).toBe(202);
  await vi.waitFor(async () => {
    const list = await one.workers();
    expect(list.find((worker) => worker.machine === machine)?.generation).toBe(2);
    expect(await seen(other)).toEqual(list.map((worker) => `${worker.machine} ${worker.pid}`));
  }, PATIENCE);
  await other.stop();
  await vi.waitFor(async () => expect(await one.workers()).toHaveLength(1), PATIENCE);
  await rm(folder, { recursive: true, force: true });
}, 200_000);
