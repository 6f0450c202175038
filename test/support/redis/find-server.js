// Which redis-server do the tests run against? The nearest one that really starts.

import { defaultCacheFolder } from '../cache-folder.js';
import { buildFromSource, builtServer } from './build-from-source.js';
import { debianServer, unpackDebianServer } from './debian-server.js';
import { probe, serverOnPath } from './server-on-path.js';

/**
 * @typedef {object} FoundServer
 * @property {string} command absolute path of an executable that needs no environment of its own
 * @property {string | undefined} cli absolute path of the redis-cli that came with it, where one did
 * @property {string} how which way found it, in words for a log line
 * @property {string} version such as `7.0.15`
 */

/**
 * @typedef {object} FindOptions
 * @property {string} [path] folders to look in, as in PATH (default: PATH)
 * @property {string} [cacheFolder] where unpacked and built servers are kept (default: per user)
 * @property {WayName[]} [ways] the ways to try, in this order (default: all)
 */

/** @typedef {{ path: string, cacheFolder: () => Promise<string> }} Surroundings */

/**
 * From the nearest to the farthest. Debian's packages come before a build although they are older: they
 * are 1 MB and a few seconds, and their mirror is reachable on machines that reach little else, while the
 * build fetches its sources from another host and compiles for minutes.
 *
 * @satisfies {Record<string, (at: Surroundings) => Promise<FoundServer>>}
 */
const WAYS = {
  'on PATH': ({ path }) => serverOnPath(path),
  'unpacked before': async ({ cacheFolder }) =>
    probe({ ...debianServer(await cacheFolder()), how: 'Debian packages, unpacked before' }),
  'built before': async ({ cacheFolder }) =>
    probe({ ...builtServer(await cacheFolder()), how: 'built from source before' }),
  'Debian packages': async ({ path, cacheFolder }) => unpackDebianServer(await cacheFolder(), path),
  'build from source': async ({ path, cacheFolder }) => buildFromSource(await cacheFolder(), path),
};

/** @typedef {keyof typeof WAYS} WayName */

/** No way gave a server. The message lists every way with the reason why it failed. */
export class NoRedisServerError extends Error {
  /** @override */
  name = 'NoRedisServerError';

  /** @param {{ way: string, error: Error }[]} tried */
  constructor(tried) {
    const lines = tried.map(
      ({ way, error }) => `  - ${way}: ${error.message.trim().replaceAll('\n', '\n      ')}`,
    );
    super(
      `The tests need a real Redis, and found none. Tried:\n${lines.join('\n')}\n` +
        'Install redis-server (6.2 or later) or valkey-server, or set REDIS_URL to a running one ' +
        '(`docker compose up -d` starts one at redis://127.0.0.1:6379).',
    );
  }
}

/**
 * The first redis-server that answers `--version`, getting one where none is installed.
 *
 * @param {FindOptions} [options]
 * @returns {Promise<FoundServer>}
 * @throws {NoRedisServerError} when every way failed
 */
export async function findRedisServer(options = {}) {
  const { path = process.env.PATH ?? '', cacheFolder } = options;
  const at = { path, cacheFolder: async () => cacheFolder ?? (await defaultCacheFolder()) };
  const tried = [];
  for (const way of options.ways ?? /** @type {WayName[]} */ (Object.keys(WAYS))) {
    try {
      return await WAYS[way](at);
    } catch (error) {
      tried.push({ way, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }
  throw new NoRedisServerError(tried);
}
