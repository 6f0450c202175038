// On a server of its own, by a user who may do what the guide says and no more.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore } from '@muster/store';
import { storeConformance } from '@muster/store/testing';
import { Redis } from 'ioredis';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { CommandLog } from '../../../../test/support/redis/commands.js';
import { startRedis } from '../../../../test/support/redis/server.js';
import { escapeGlob } from '../../dist/redis/scan.js';

// Redis would take some of it for a pattern.
const keyPrefix = `muster-test:[${randomUUID()}]*?\\:`;
const guide = await readFile(
  new URL('../../../../docs/guide/store/redis.md', import.meta.url),
  'utf8',
);
const allowed = /^```\n(\+get\s[^`]*)```/m.exec(guide)?.[1]?.trim().split(/\s+/) ?? [];

const server = await startRedis();
const admin = new Redis(server.url);
const rights = [`~${escapeGlob(keyPrefix)}*`, '&__redis__:invalidate', ...allowed];
await admin.acl('SETUSER', 'app', 'on', '>secret', ...rights);
const hasDocs = !/redis_version:6/.test(await admin.info('server'));
const log = await CommandLog.start(admin);
afterAll(async () => {
  log.stop();
  admin.disconnect();
  await server.stop();
});

describe('the Redis engine conforms', () => {
  const url = server.url.replace('//', '//app:secret@');
  const open = (options: object = {}) => createSharedStore({ ...options, url, keyPrefix });
  for (const { name, run } of storeConformance({ open })) it(name, run);

  it('and is backed up by the same user, sorted sets and all', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-conformance-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await using store = open();
    await store.set('visits', 7);
    await store.sortedSet('board').add('ada', 1);
    const { entries } = await store.backup(join(folder, 'backup'));
    expect(entries).toBeGreaterThanOrEqual(2);
    expect(await readFile(join(folder, 'backup'), 'utf8')).toContain(
      '{"set":"board","member":"ada","score":1}',
    );
  });

  // A server of 6.2 cannot say since when it has something; there, the tests above say it.
  if (hasDocs) {
    it('and needs nothing that Redis 6.2 does not have', async () => {
      log.stop();
      // All of the above.
      expect(log.commands.length).toBeGreaterThan(20);
      const newerThan60 = await log.newerThan(admin, '6.0');
      expect(newerThan60).toEqual(expect.arrayContaining(['GETDEL', 'SET PXAT']));
      expect(await log.newerThan(admin, '6.2')).toEqual([]);
      expect([...log.luaFunctions].sort()).toEqual(['redis.call', 'redis.pcall']);
    });
  }
});
