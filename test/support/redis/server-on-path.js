// A redis-server or valkey-server that somebody installed.

import { execFile } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isExecutable, which } from '../which.js';

const run = promisify(execFile);

/** @import { FoundServer } from './find-server.js' */

/**
 * @param {string} path folders, as in PATH
 * @returns {Promise<FoundServer>}
 */
export async function serverOnPath(path) {
  const reasons = [];
  for (const kind of ['redis', 'valkey']) {
    const command = await which(`${kind}-server`, path);
    if (!command) {
      reasons.push(`no ${kind}-server`);
      continue;
    }
    try {
      const cli = await which(`${kind}-cli`, `${dirname(command)}${delimiter}${path}`);
      return await probe({ command, cli, how: `${command} on PATH` });
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(`${reasons.join('; ')} in ${path ? path : 'an empty PATH'}`);
}

/**
 * Runs the server's `--version`: a file may be there and still not start (a missing library, another
 * machine's architecture), or be older than what Muster supports.
 *
 * @param {{ command: string, cli?: string | undefined, how: string }} candidate
 * @returns {Promise<FoundServer>}
 */
export async function probe({ command, cli, how }) {
  if (!(await isExecutable(command))) throw new Error(`${command} does not exist`);
  const { stdout } = await run(command, ['--version'], { timeout: 10_000 });
  const [, product, version] = /^(Redis|Valkey) server v=(\d+\.\d+\.\d+)/.exec(stdout) ?? [];
  if (!product || !version) throw new Error(`${command} --version says "${stdout.trim()}"`);
  if (!isSupported(version))
    throw new Error(`${command} is ${product} ${version}; 6.2 is the oldest supported`);
  return { command, cli: cli && (await isExecutable(cli)) ? cli : undefined, how, version };
}

/** @param {string} version */
function isSupported(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 2);
}

/** @param {string} folder where an installation's executables are */
export const executables = (folder) => ({
  command: join(folder, 'redis-server'),
  cli: join(folder, 'redis-cli'),
});
