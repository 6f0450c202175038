import { randomUUID } from 'node:crypto';
import { createSharedStore } from '@muster/store';
import { storeConformance } from '@muster/store/testing';
import { describe, inject, it } from 'vitest';

const url = inject('redisUrl');
// Redis would take some of it for a pattern.
const keyPrefix = `muster-test:[${randomUUID()}]*?\\:`;

describe('the Redis engine conforms', () => {
  const open = (options: object = {}) => createSharedStore({ ...options, url, keyPrefix });
  for (const { name, run } of storeConformance({ open })) it(name, run);
});
