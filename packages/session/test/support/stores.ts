// Where the tests keep their sessions: both engines, each behind its real files or server.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore, type SharedStore, type SharedStoreOptions } from '@muster/store';
import { inject, onTestFinished } from 'vitest';

export const engines = ['embedded', 'redis'] as const;
export type Engine = (typeof engines)[number];

/** Options of an empty store that any process can open, as JSON carries them, and what removes it. */
export async function newStore(engine: Engine) {
  const name = `session-test:${randomUUID()}:`;
  if (engine === 'redis') {
    const options: SharedStoreOptions = { url: inject('redisUrl'), keyPrefix: name };
    return { options, remove: async () => {} };
  }
  const folder = await mkdtemp(join(tmpdir(), 'muster-session-'));
  const options: SharedStoreOptions = { url: `lmdb:${join(folder, 'store')}` };
  return { options, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The same, removed when the test is over. */
export async function emptyStore(engine: Engine): Promise<SharedStoreOptions> {
  const { options, remove } = await newStore(engine);
  onTestFinished(remove);
  return options;
}

/** Closed when the test is over. */
export async function openStore(engine: Engine): Promise<SharedStore> {
  const store = createSharedStore(await emptyStore(engine));
  onTestFinished(() => store.close());
  return store;
}
