// Where the tests keep their sessions: both engines, each behind its real files or server.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore, type SharedStore, type SharedStoreOptions } from '@muster/store';
import { inject, onTestFinished } from 'vitest';

export const engines = ['embedded', 'redis'] as const;
export type Engine = (typeof engines)[number];

/** Options of an empty store that any process can open, as JSON carries them. */
export async function emptyStore(engine: Engine): Promise<SharedStoreOptions> {
  if (engine === 'redis')
    return { url: inject('redisUrl'), keyPrefix: `session-test:${randomUUID()}:` };
  const folder = await mkdtemp(join(tmpdir(), 'muster-session-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return { url: `lmdb:${join(folder, 'store')}` };
}

/** Closed when the test is over. */
export async function openStore(engine: Engine): Promise<SharedStore> {
  const store = createSharedStore(await emptyStore(engine));
  onTestFinished(() => store.close());
  return store;
}
