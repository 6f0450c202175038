// The tmux of the tests: the machine's own, else one out of Debian's packages.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defaultCacheFolder } from '../cache-folder.js';
import { commandFolder, unpackDebianPackages } from '../debian-packages.js';
import { which } from '../which.js';

const run = promisify(execFile);

const TMUX = { name: 'A terminal for the tests', packages: ['tmux'], commands: ['tmux'] };

/**
 * @param {{ path?: string, cacheFolder?: string }} [surroundings] default: PATH, and a folder per user
 * @returns {Promise<string>} the path of a tmux that starts
 */
export async function findTmux({ path = process.env.PATH ?? '', cacheFolder } = {}) {
  const own = await which('tmux', path);
  if (own) return probe(own);
  const folder = cacheFolder ?? (await defaultCacheFolder('tmux'));
  try {
    return await probe(join(commandFolder(folder), 'tmux'));
  } catch {
    return unpackDebianPackages(TMUX, folder, path, (commands) =>
      probe(join(commands, 'tmux')),
    ).catch((cause) => {
      throw new Error(
        `The tests need tmux, and found none in ${path}. From Debian's packages: ${cause.message} Install tmux.`,
        { cause },
      );
    });
  }
}

/** @param {string} command */
async function probe(command) {
  await run(command, ['-V'], { timeout: 10_000 });
  return command;
}
