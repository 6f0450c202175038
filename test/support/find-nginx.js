// The nginx of the tests: the machine's own, else one out of Debian's packages.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defaultCacheFolder } from './cache-folder.js';
import { commandFolder, unpackDebianPackages } from './debian-packages.js';
import { which } from './which.js';

const run = promisify(execFile);

const NGINX = {
  name: 'A proxy for the tests',
  packages: ['nginx'],
  commands: ['nginx'],
  folder: 'usr/sbin',
};

/** @returns {Promise<string>} the path of an nginx that starts */
export async function findNginx() {
  const path = process.env.PATH ?? '';
  // Where Debian has it, PATH does not lead for everybody.
  const own = await which('nginx', `${path}:/usr/sbin:/usr/local/sbin`);
  if (own) return probe(own);
  const folder = await defaultCacheFolder('nginx');
  try {
    return await probe(join(commandFolder(folder), 'nginx'));
  } catch {
    return unpackDebianPackages(NGINX, folder, path, (commands) => probe(join(commands, 'nginx')));
  }
}

/** @param {string} command */
async function probe(command) {
  await run(command, ['-v'], { timeout: 10_000 });
  return command;
}
