// The curl of the tests, for the command lines of the docs: the machine's own, else one out of Debian's packages.
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { defaultCacheFolder } from './cache-folder.js';
import { commandFolder, unpackDebianPackages } from './debian-packages.js';
import { which } from './which.js';

const CURL = { name: 'HTTP for the commands of the docs', packages: ['curl'], commands: ['curl'] };

/** @returns {Promise<string>} a folder for PATH, with a curl in it that starts */
export async function findCurl() {
  const path = process.env.PATH ?? '';
  const own = await which('curl', path);
  if (own) return probe(dirname(own));
  const folder = await defaultCacheFolder('curl');
  return probe(commandFolder(folder)).catch(() => unpackDebianPackages(CURL, folder, path, probe));
}

/** @param {string} folder */
async function probe(folder) {
  await promisify(execFile)(`${folder}/curl`, ['--version'], { timeout: 10_000 });
  return folder;
}
