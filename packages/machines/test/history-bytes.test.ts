// How much of what machines sent Redis keeps, also where none of them has read all of it.
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RedisServer, startRedis } from '../../../test/support/redis/server.js';
import { RedisLink } from '../dist/link/redis/redis-link.js';

const HISTORY_BYTES = 1024 * 1024;
/** Just below a size of the allocator of Redis. */
const ENTRY_BYTES = 15 * 1024;
/**
 * Trimmed by whole nodes and spans, and what a machine did not read counts as lying evenly over its time, which on a busy
 * machine it does not.
 */
const ABOUT = 2;

let redis: RedisServer;
let admin: Redis;

beforeAll(async () => {
  redis = await startRedis();
  admin = new Redis(redis.url);
});

afterAll(async () => {
  admin?.disconnect();
  await redis?.stop();
});

/** A machine that appends so much, reads that, and is killed. */
async function appendAndDie(url: string, group: string, bytes: number): Promise<void> {
  const history = { historyMs: 600_000, historyBytes: HISTORY_BYTES };
  const link = new RedisLink(url, { ...history, group, deadlineMs: 60_000 });
  let read = 0;
  await link.open({
    read: (entries) => {
      for (const entry of entries) read += entry.bytes.length;
      return true;
    },
    trouble: () => {},
  });
  await vi.waitFor(() => link.append(Buffer.alloc(1)));
  for (let sent = 0; sent < bytes; sent += ENTRY_BYTES) {
    await link.append(Buffer.alloc(ENTRY_BYTES, 'x'));
  }
  await vi.waitFor(() => expect(read).toBeGreaterThan(bytes));
  link.close();
}

const keptOf = async (group: string) =>
  Number(await admin.memory('USAGE', `muster:machines:{${group}}`, 'SAMPLES', 0));

test('machines that are killed before they have sent historyBytes leave no more than that in all', async () => {
  const group = randomUUID();
  for (let i = 0; i < 6; i++) await appendAndDie(redis.url, group, HISTORY_BYTES / 2);
  const kept = await keptOf(group);
  expect(kept).toBeLessThan(ABOUT * HISTORY_BYTES);
  // And no less: a machine that measures too much would take the history of the others away.
  expect(kept).toBeGreaterThan(HISTORY_BYTES / ABOUT);
});

test('where Redis forbids to measure, a machine counts what it has read', async () => {
  await admin.call('ACL', 'SETUSER', 'blind', 'on', '>password', '~*', '&*', '+@all', '-memory');
  const url = `redis://blind:password@127.0.0.1:${redis.port}`;
  const group = randomUUID();
  await appendAndDie(url, group, HISTORY_BYTES / 2);
  await appendAndDie(url, group, 1.5 * HISTORY_BYTES);
  expect(await keptOf(group)).toBeLessThan(ABOUT * HISTORY_BYTES);
});
