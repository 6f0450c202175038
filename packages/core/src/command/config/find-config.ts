/**
 * Finds the config of a folder. Folders above are not searched: a config is code, and what a command runs should not
 * depend on what lies somewhere above.
 */
import { lstatSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { ConfigError } from '../../errors.js';

const NAMES = ['ts', 'mts', 'js', 'mjs', 'cjs', 'json'].map((ending) => `muster.config.${ending}`);

/**
 * @returns its path, or `undefined` if there is none
 * @throws ConfigError if there are several, or one that another user may have put there
 */
export function findConfig(folder: string): string | undefined {
  const [found, ...others] = configsIn(folder);
  if (found === undefined) return undefined;
  if (others.length > 0) {
    const all = [found, ...others].map((path) => basename(path)).join(', ');
    throw new ConfigError(
      found,
      `is not the only config in ${folder}: there are ${all}. Remove one, or name one with --config.`,
    );
  }
  const fault = ownerFault(found);
  if (fault !== undefined)
    throw new ConfigError(found, `${fault} If it is to be used, name it with --config.`);
  return found;
}

/** The nearest config in a folder above, as a path from here: for a message. */
export function configAbove(folder: string): string | undefined {
  for (let at = dirname(folder); at !== dirname(at); at = dirname(at)) {
    const [found] = configsIn(at);
    if (found !== undefined) return relative(folder, found);
  }
  return undefined;
}

function configsIn(folder: string): string[] {
  const found = NAMES.map((name) => join(folder, name)).filter((path) => isFile(path));
  // After a stat of a socket or a FIFO, Node finds no modules: see safe-stat.ts.
  statSync('/');
  return found;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** In a folder such as /tmp anybody can leave a config for those who start a server there. */
function ownerFault(path: string): string | undefined {
  const own = process.getuid?.() ?? 0;
  const { uid } = lstatSync(path);
  const isOpen = (statSync(dirname(path)).mode & 0o002) !== 0;
  if (!isOpen || uid === own || uid === 0) return undefined;
  return `belongs to the user with id ${uid}, in a folder that everybody may write to, and was not read.`;
}
