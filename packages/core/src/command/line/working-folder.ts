/**
 * The folder in which a cluster is started, as its user names it. The kernel knows a process's working directory without
 * links (`/srv/shop/releases/1`); a shell keeps the path that its user took (`/srv/shop/current`) in PWD. Only the latter
 * leads to the next release once the link has moved.
 */
import { type BigIntStats, lstatSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';

/** The folder in PWD, if it is the same one: another program may have changed its folder without changing PWD. */
export function workingFolder(cwd = process.cwd(), { PWD } = process.env): string {
  return PWD !== undefined && isAbsolute(PWD) && isSame(PWD, cwd) ? PWD : cwd;
}

/** The kernel's path, or `undefined` if the folder was removed. */
export function currentFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/**
 * The absolute path of the file that the kernel, and so Node and `cat`, finds under `path`. It goes through the links of
 * `here` if that leads to the same file, so that a reload follows them. It does not if `path` goes up (`../.env`) from a
 * folder that is reached through a link, because the kernel goes up from where the link leads.
 *
 * @param here the result of `workingFolder()`
 */
export function pathFrom(here: string, path: string, cwd = process.cwd()): string {
  if (isAbsolute(path)) return resolve(path);
  const found = `${cwd}/${path}`;
  const ways = [resolve(here, path), resolve(cwd, path)];
  return ways.find((way) => isSame(way, found)) ?? ways.find(isInSameFolder(found)) ?? found;
}

/** For a file that does not exist, because its ending is missing or the name is wrong. */
function isInSameFolder(found: string): (way: string) => boolean {
  return (way) => isSame(dirname(way), dirname(found));
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [one, other].map(statOf);
  return first !== undefined && first.dev === second?.dev && first.ino === second.ino;
}

/** `undefined` if there is nothing, also because a file is in the place of a folder. */
function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

/** How many folders up a link is searched: `/srv/shop/current` is two folders above `/srv/shop/releases/1`. */
const LEVELS = 3;

/**
 * The path of a folder through a link that deploys seem to move: a link called `current`, as Capistrano and similar tools
 * make it.
 */
export function unfollowedLink(folder: string): string | undefined {
  let above = folder;
  for (let level = 0; level < LEVELS && above !== dirname(above); level += 1) {
    above = dirname(above);
    const link = linkIn(above);
    if (link === undefined) continue;
    const inside = relative(link.target, folder);
    if (!inside.startsWith('..') && !isAbsolute(inside)) return join(link.path, inside);
  }
  return undefined;
}

function linkIn(folder: string): { path: string; target: string } | undefined {
  const path = join(folder, 'current');
  try {
    return lstatSync(path).isSymbolicLink() ? { path, target: realpathSync(path) } : undefined;
  } catch {
    return undefined;
  }
}
