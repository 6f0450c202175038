/**
 * Where control sockets are: a folder that only its owner can enter.
 *
 * Whoever can connect to a control socket can stop the cluster, and whoever can put one into the folder can pretend to be
 * one. So the folder is looked at each time, as others could have made it first (the temp folder is everyone's).
 */
import { chmodSync, lstatSync, mkdirSync, type Stats } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlSocketError } from '../errors.js';

/** The user's id, or -1 where the system has none. */
const uid = process.getuid?.() ?? -1;

/** The folders that may hold sockets of this user, the first to be preferred. They need not exist. */
export function runtimeFolders(env: NodeJS.ProcessEnv = process.env): string[] {
  const { MUSTER_RUNTIME_DIR: own, XDG_RUNTIME_DIR: session } = env;
  if (own) return [own];
  const temporary = join(tmpdir(), `muster-${uid}`);
  // `sudo` and `su` may leave that of another user in the environment.
  return session && ownedByUser(session) ? [join(session, 'muster'), temporary] : [temporary];
}

/**
 * Makes the folder, if need be, and sees to it that it is a folder, ours, and closed to others.
 *
 * @throws ControlSocketError
 */
export function openRuntimeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new ControlSocketError(`The folder for control sockets, ${folder}, cannot be made.`, {
        cause,
      });
    }
  }
  const fault = faultOf(lstatSync(folder));
  if (fault) throw refusal(folder, fault);
  chmodSync(folder, 0o700);
}

/**
 * Whether there is such a folder to look into.
 *
 * @throws ControlSocketError where there is one that is not to be trusted.
 */
export function hasRuntimeFolder(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (!stats) return false;
  const fault = faultOf(stats) ?? ((stats.mode & 0o022) !== 0 && 'others may write to it');
  if (fault) throw refusal(folder, fault);
  return true;
}

function faultOf(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return 'it is a symbolic link';
  if (!stats.isDirectory()) return 'it is no folder';
  if (stats.uid !== uid) return `it belongs to the user with id ${stats.uid}`;
  return undefined;
}

function refusal(folder: string, fault: string): ControlSocketError {
  return new ControlSocketError(
    `The folder for control sockets, ${folder}, is not to be trusted: ${fault}. Remove it, or set MUSTER_RUNTIME_DIR ` +
      'to a folder of your own.',
  );
}

function ownedByUser(folder: string): boolean {
  return lstatSync(folder, { throwIfNoEntry: false })?.uid === uid;
}
