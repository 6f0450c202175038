// Redis out of Debian's (or Ubuntu's) packages.
import { commandFolder, unpackDebianPackages } from '../debian-packages.js';
import { executables, probe } from './server-on-path.js';

/** @import { FoundServer } from './find-server.js' */

const REDIS = {
  name: 'Redis for the tests',
  // The server itself is in redis-tools (redis-server only links to it), which may be installed already.
  packages: ['redis-server', 'redis-tools'],
  commands: ['redis-server', 'redis-cli'],
};

/** @param {string} cacheFolder */
export const debianServer = (cacheFolder) => executables(commandFolder(cacheFolder));

/**
 * @param {string} cacheFolder
 * @param {string} path folders, as in PATH
 * @returns {Promise<FoundServer>}
 */
export function unpackDebianServer(cacheFolder, path) {
  return unpackDebianPackages(REDIS, cacheFolder, path, (folder) =>
    probe({ ...executables(folder), how: `Debian packages, unpacked into ${folder}` }),
  );
}
