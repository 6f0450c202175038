// PM2 as npm has it: no dependency, but installed into a folder of its caller.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * @param {string} folder
 * @returns {Promise<string>} the version
 */
export async function installPm2(folder) {
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, 'pm2']);
  const { stdout } = await run('npm', ['ls', 'pm2', '--prefix', folder, '--depth', '0']);
  return stdout.match(/pm2@(\S+)/)?.[1] ?? 'unknown';
}

/**
 * Calls the `pm2` of that folder. Its daemon is its own: the `PM2_HOME` says which, and `pm2 kill` ends it.
 *
 * @param {string} folder
 * @param {NodeJS.ProcessEnv & { PM2_HOME: string }} env
 * @returns {(...args: string[]) => Promise<string>} gives what it printed
 */
export function pm2Of(folder, env) {
  return async (...args) => {
    const command = [join(folder, 'node_modules/pm2/bin/pm2'), ...args];
    const { stdout } = await run(process.execPath, command, { env, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  };
}
