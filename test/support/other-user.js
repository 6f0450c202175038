/**
 * Other users of the machine, for tests of what they must not be able to do.
 *
 * A process of another user is started by its number, so no account is needed, but only root may do that. A test that
 * cannot be tried is skipped, and says so on stderr:
 *
 *     it.runIf(canActAs(otherUser, 'a folder that somebody else has made'))('is skipped', async () => {
 *       await using squatter = runAs(otherUser, new URL('./fixtures/squatter.js', import.meta.url));
 *       await squatter.printed(/done/);
 *     });
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './program.js';

/** @typedef {{ readonly uid: number, readonly gid: number }} User */

/**
 * Somebody who is neither root nor the one below. Their numbers belong to nobody on a usual machine.
 *
 * @type {User}
 */
export const otherUser = { uid: 20_001, gid: 20_001 };

/**
 * The user that a service runs as, where it is not root.
 *
 * @type {User}
 */
export const serviceUser = { uid: 20_002, gid: 20_002 };

/**
 * Whether a test can start processes of `user`. Where it cannot, stderr says so, and that `what` was not tried.
 *
 * @param {User} user
 * @param {string} what
 * @param {{ reads?: readonly (string | URL)[] }} [options] `reads`: files that those processes have to read where they
 *   are, such as a package of this checkout
 */
export function canActAs(user, what, { reads = [] } = {}) {
  const why = obstacle(user, reads.map(pathOf));
  if (why) process.stderr.write(`\nNOT TRIED, ${why}: ${what}\n\n`);
  return why === undefined;
}

/**
 * Runs `node file ...args` as `user`. A file that this user cannot read is run as a copy, in which imports of other files
 * do not work.
 *
 * @param {User} user
 * @param {string | URL} file
 * @param {import('./program.js').ProgramOptions} [options]
 */
export function runAs(user, file, options) {
  const path = pathOf(file);
  if (obstacle(user, [path]) === undefined) return runProgram(path, { ...options, user });
  const folder = mkdtempSync(join(tmpdir(), 'muster-other-'));
  const copy = join(folder, basename(path));
  copyFileSync(path, copy);
  chmodSync(folder, 0o755);
  chmodSync(copy, 0o644);
  const program = runProgram(copy, { ...options, user });
  void program.exited.then(() => rmSync(folder, { recursive: true, force: true }));
  return program;
}

/**
 * Why `user` cannot run Node, or read these files.
 *
 * @param {User} user
 * @param {readonly string[]} files
 */
function obstacle({ uid, gid }, files) {
  if (process.getuid?.() !== 0) return 'as only root can start processes of other users';
  const read = 'process.argv.slice(1).forEach((file) => fs.readFileSync(file))';
  const { status } = spawnSync(process.execPath, ['-e', read, '--', ...files], {
    uid,
    gid,
    cwd: '/',
    stdio: 'ignore',
  });
  if (status === 0) return undefined;
  return `as the user with id ${uid} cannot read ${[process.execPath, ...files].join(' or ')}`;
}

/** @param {string | URL} file */
function pathOf(file) {
  return file instanceof URL ? fileURLToPath(file) : file;
}
