// Redis, downloaded and compiled by redis-memory-server. The last way: it needs the internet, a compiler and minutes.

import { join } from 'node:path';
import { RedisBinary } from 'redis-memory-server';
import { which } from '../which.js';
import { executables, probe } from './server-on-path.js';

/** @import { FoundServer } from './find-server.js' */

const SOURCES = 'https://download.redis.io/';

// `stable` is what redis-memory-server takes by default, and the name of the folder that it installs into.
const VERSION = 'stable';

/** @param {string} cacheFolder */
const downloadFolder = (cacheFolder) => join(cacheFolder, 'built');

/** @param {string} cacheFolder */
export const builtServer = (cacheFolder) => executables(join(downloadFolder(cacheFolder), VERSION));

/**
 * @param {string} cacheFolder
 * @param {string} path folders, as in PATH
 * @returns {Promise<FoundServer>}
 */
export async function buildFromSource(cacheFolder, path) {
  if (!(await which('make', path))) throw new Error('there is no make to compile it with');
  if (!(await which('cc', path))) throw new Error('there is no C compiler (cc) to compile it with');
  await mustReachSources();
  console.error(
    `Redis for the tests: downloading and compiling ${SOURCES}redis-${VERSION}.tar.gz (takes minutes) …`,
  );
  // Without this, redis-memory-server does not check the certificate of the host whose code it compiles.
  process.env.npm_config_strict_ssl = 'true';
  await RedisBinary.getPath({ downloadDir: downloadFolder(cacheFolder), version: VERSION });
  return probe({ ...builtServer(cacheFolder), how: 'built from source' });
}

/** redis-memory-server's download has no time limit: where the host does not answer, say so at once. */
async function mustReachSources() {
  try {
    await fetch(SOURCES, { method: 'HEAD', signal: AbortSignal.timeout(10_000) });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new Error(`${SOURCES} cannot be reached (${cause})`, { cause });
  }
}
