// Calls with more words than a function takes arguments, or than Redis takes in a command.
import { randomUUID } from 'node:crypto';
import { createSharedStore } from '@muster/store';
import { expect, inject, it } from 'vitest';

const open = () =>
  createSharedStore({
    url: inject('redisUrl'),
    keyPrefix: `large:${randomUUID()}:`,
    deadlineMs: 60_000,
  });
const keys = (count: number) => Array.from({ length: count }, (_, n) => `${n}`);

it('150,000 keys are one call', async () => {
  await using store = open();
  const many = keys(150_000);
  expect((await store.hasMany(many)).filter(Boolean)).toEqual([]);
});

it('too many keys for Redis are refused before anything is sent', async () => {
  await using store = open();
  const many = keys(1024 * 1024);
  await expect(store.getMany(many)).rejects.toMatchObject({
    code: 'MUSTER_STORE_FAILED',
    message: expect.stringContaining('has 1048577 words, and Redis takes 1048576'),
  });
  // Nothing ended the connection.
  expect(await store.has('0')).toBe(false);
});
