import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore } from '@muster/store';
import { storeConformance } from '@muster/store/testing';
import { afterAll, describe, it } from 'vitest';

const folder = await mkdtemp(join(tmpdir(), 'muster-store-'));
afterAll(() => rm(folder, { recursive: true }));

describe('the embedded engine conforms', () => {
  const open = (options: object = {}) => createSharedStore({ ...options, url: `lmdb:${folder}` });
  for (const { name, run } of storeConformance({ open })) it(name, run);
});
