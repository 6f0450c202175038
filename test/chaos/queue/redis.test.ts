// A Redis that breaks while jobs run: what was acknowledged is done in the end, no job runs twice at once, and none is left with
// a worker that does not know of it.
import { setTimeout as delay } from 'node:timers/promises';
import { createQueue, type Queue } from '@muster/queue';
import { createSharedStore } from '@muster/store';
import { expect, onTestFinished, test, vi } from 'vitest';
import { RedisProxy } from '../../support/redis/proxy.js';
import { startRedis } from '../../support/redis/server.js';
import { round } from '../rounds.js';

const times = round({ short: 6, full: 60 });
const TIMEOUT_MS = round({ short: 240_000, full: 600_000 });
const HOUR_MS = 3_600_000;
/** What Redis does late with a request of a connection that was cut is over after this. */
const LEASE_MS = 30_000;
const PATIENCE = { timeout: 120_000, interval: 20 };
/** What was acknowledged is on disk. */
const SAFE = ['--appendonly', 'yes', '--appendfsync', 'always'];

/** Adds jobs all the time, each as often as it takes until it was acknowledged, and has two workers run them. */
function under(url: string) {
  const store = createSharedStore({ url, deadlineMs: 2_000 });
  onTestFinished(() => store.close());
  const rules = { store, name: 'chaos', leaseMs: LEASE_MS, backoff: { delayMs: 10 }, keepDone: {} };
  const queue: Queue<number> = createQueue({ ...rules, attempts: 1_000 });
  const running = new Set<string>();
  const twice: string[] = [];
  const ran = new Set<string>();
  for (let n = 0; n < 2; n++) {
    queue.work(
      async ({ id }) => {
        if (running.has(id)) twice.push(id);
        running.add(id);
        await delay(Math.random() * 5);
        running.delete(id);
        ran.add(id);
      },
      { concurrency: 5 },
    );
  }
  let isOver = false;
  let added = 0;
  const adding = Array.from({ length: 3 }, async () => {
    while (!isOver) {
      const id = String(added++);
      // It may have been added all the same: then its id is taken.
      while (!(await queue.add(1, { id, dedupeMs: HOUR_MS }).then(Boolean, () => false)))
        await delay(20);
    }
  });
  return {
    queue,
    ran,
    async end() {
      isOver = true;
      await Promise.all(adding);
      await vi.waitFor(async () => {
        const { waiting, delayed, running: left, done } = await queue.counts();
        expect({ waiting, delayed, left, done }).toEqual({
          waiting: 0,
          delayed: 0,
          left: 0,
          done: added,
        });
      }, PATIENCE);
      await queue.close();
      expect(twice).toEqual([]);
      expect(ran.size).toBe(added);
      console.log(JSON.stringify({ added }));
    },
  };
}

/** Some more jobs were run. */
async function goesOn(ran: ReadonlySet<string>): Promise<void> {
  const before = ran.size;
  await vi.waitFor(() => expect(ran.size).toBeGreaterThan(before + 20), PATIENCE);
}

test(
  'connections that are cut after a step was taken and before the answer',
  async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const proxy = await RedisProxy.start(server.url);
    onTestFinished(() => proxy.close());
    const { ran, end } = under(proxy.url);
    for (let n = 0; n < times; n++) {
      await goesOn(ran);
      proxy.dropRepliesFrom(/\b(eval|evalsha)\b/i);
      await vi.waitFor(() => expect(proxy.drops).toBe(true));
      await delay(Math.random() * 20);
      proxy.passRepliesAgain();
      proxy.cut();
    }
    await goesOn(ran);
    await end();
  },
  TIMEOUT_MS,
);

test(
  'a server that is killed and started again',
  async () => {
    const server = await startRedis({ args: SAFE });
    onTestFinished(() => server.stop());
    const { ran, end } = under(server.url);
    for (let n = 0; n < times / 3; n++) {
      await goesOn(ran);
      await server.kill();
      await server.restart();
    }
    await goesOn(ran);
    await end();
  },
  TIMEOUT_MS,
);
