// Where programs that the tests got for themselves are kept.

import { access, constants, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../..');

/**
 * Per user, so that every clone and every CI run on the machine shares it; in this clone's node_modules where
 * the home folder cannot be written to. Never in the world-writable temp folder: somebody else could have put
 * a "redis-server" there for us to run.
 *
 * @param {string} [name] of what is kept.
 */
export async function defaultCacheFolder(name = 'redis') {
  const userCache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const failures = [];
  for (const folder of [
    join(userCache, 'muster', name),
    join(repository, `node_modules/.cache/muster-${name}`),
  ]) {
    try {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.W_OK | constants.X_OK);
      return folder;
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, `No folder to keep a ${name} in:\n${failures.join('\n')}`);
}
