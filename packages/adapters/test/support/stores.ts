// Where the tests of adapters keep their entries: every engine, the first two behind their real files or server.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore, type SharedStore, type SharedStoreOptions } from '@muster/store';
import { afterAll, inject } from 'vitest';

export const engines = ['embedded', 'redis', 'memory'] as const;
export type Engine = (typeof engines)[number];

/** Options of an empty store, as JSON carries them; removed when the tests of the file, or of the `describe`, are over. */
export async function emptyStore(engine: Engine): Promise<SharedStoreOptions> {
  const name = `adapters-test:${randomUUID()}:`;
  if (engine === 'redis') return { url: inject('redisUrl'), keyPrefix: name };
  if (engine === 'memory') return { url: 'memory:' };
  const folder = await mkdtemp(join(tmpdir(), 'muster-adapters-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return { url: `lmdb:${join(folder, 'store')}` };
}

/** To be shared by the tests of a `describe`, each with a namespace of its own. */
export async function openStore(engine: Engine): Promise<SharedStore> {
  const options = await emptyStore(engine);
  const store = createSharedStore(options);
  afterAll(() => store.close());
  return store;
}
