// What a start of the embedded store loads: every worker of a cluster loads it.
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { loadLmdb } from '../../dist/embedded/lmdb/native.js';

it('loads the few files of CommonJS, and not the many ES modules', async () => {
  const { lmdb, native } = await loadLmdb();
  expect(lmdb).toBe(createRequire(import.meta.url)('lmdb'));
  expect([typeof native.resetTxn, typeof native.getSharedByBinary]).toEqual([
    'function',
    'function',
  ]);
});
