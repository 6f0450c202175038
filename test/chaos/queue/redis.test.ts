// A Redis that breaks while jobs run: what was acknowledged is done in the end, no job runs twice at once, and none is left with
// a worker that does not know of it.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { RedisProxy } from '../../support/redis/proxy.js';
import { startRedis } from '../../support/redis/server.js';
import { round } from '../rounds.js';
import { goesOn, under } from './load.js';

const times = round({ short: 6, full: 60 });
const TIMEOUT_MS = round({ short: 240_000, full: 600_000 });
/** What was acknowledged is on disk. */
const SAFE = ['--appendonly', 'yes', '--appendfsync', 'always'];

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
