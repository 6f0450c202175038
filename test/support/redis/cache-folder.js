// Where servers that the tests got for themselves are kept.

import { access, constants, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../../..');

/**
 * Per user, so that every clone and every CI run on the machine shares it; in this clone's node_modules where
 * the home folder cannot be written to. Never in the world-writable temp folder: somebody else could have put
 * a "redis-server" there for us to run.
 */
export async function defaultCacheFolder() {
  const userCache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const failures = [];
  for (const folder of [
    join(userCache, 'muster/redis'),
    join(repository, 'node_modules/.cache/muster-redis'),
  ]) {
    try {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.W_OK | constants.X_OK);
      return folder;
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(
    failures,
    `No folder to keep a Redis server in:\n${failures.join('\n')}`,
  );
}
