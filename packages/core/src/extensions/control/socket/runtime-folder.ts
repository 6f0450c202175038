/**
 * The folder of control sockets, which Muster makes for this user. Each candidate is checked by itself (trust.ts): a folder
 * that another user has made is skipped, and never changed.
 */
import { accessSync, constants, lstatSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ControlSocketError } from '../../../errors.js';
import { folderFault, placeFault } from './trust.js';

/** The user's id, or -1 if the system has none. */
export const uid = process.getuid?.() ?? -1;

/** An existing folder that must not be used, and why: a sentence about "it". */
export interface RefusedFolder {
  readonly folder: string;
  readonly fault: string;
}

/** The folders that may hold sockets of this user, in order of preference. They need not exist. */
export function runtimeFolders(env: NodeJS.ProcessEnv = process.env): string[] {
  const { MUSTER_RUNTIME_DIR: given, XDG_RUNTIME_DIR: session } = env;
  const own = `muster-${uid}`;
  if (given) return [join(resolve(given), own)];
  const temporary = join(tmpdir(), own);
  // `sudo` and `su` may leave the folder of another user in the environment.
  return session && ownedByUser(session) ? [join(session, 'muster'), temporary] : [temporary];
}

/**
 * Makes the folder and its parent if they do not exist, and checks both.
 *
 * @throws ControlSocketError if the folder is not usable or not to be trusted
 */
export function openRuntimeFolder(folder: string): void {
  let fault: string | undefined;
  try {
    for (const each of [dirname(folder), folder]) make(each);
    fault = faultOf(folder, lstatSync(folder));
  } catch (cause) {
    const why = (cause as Error).message.replace(/\.$/, '');
    throw new ControlSocketError(`${folder} cannot be used for control sockets: ${why}.`, {
      cause,
    });
  }
  if (fault === undefined) return;
  throw new ControlSocketError(`${folder} cannot be used for control sockets: ${fault}.`);
}

/** The existing ones of `folders`: those to use, and those to avoid. */
export function surveyFolders(folders: readonly string[] = runtimeFolders()): {
  readonly usable: readonly string[];
  readonly refused: readonly RefusedFolder[];
} {
  const usable: string[] = [];
  const refused: RefusedFolder[] = [];
  for (const folder of folders) {
    try {
      const stats = lstatSync(folder, { throwIfNoEntry: false });
      if (!stats) continue;
      const fault = faultOf(folder, stats);
      if (fault === undefined) accessSync(folder, constants.R_OK | constants.X_OK);
      if (fault === undefined) usable.push(folder);
      else refused.push({ folder, fault });
    } catch (error) {
      refused.push({ folder, fault: `it cannot be looked at (${codeOf(error)})` });
    }
  }
  return { usable, refused };
}

/** The parent first: if others can replace the folder, its own state says nothing. */
function faultOf(folder: string, stats: Stats): string | undefined {
  return placeFault(statSync(dirname(folder)), uid) ?? folderFault(stats, uid);
}

function make(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function ownedByUser(folder: string): boolean {
  try {
    return lstatSync(folder).uid === uid;
  } catch {
    return false;
  }
}
