/**
 * The folder that a cluster is started in, as a person names it. The kernel knows a process's working directory without
 * links (`/srv/shop/releases/1`); a shell keeps the path that was walked (`/srv/shop/current`) in PWD. Only the second
 * leads to the next release once the link has moved.
 */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';

/** As PWD has it, where that is the same folder. Another program may have changed its own folder, and left PWD as it was. */
export function workingFolder(cwd = process.cwd(), { PWD } = process.env): string {
  return PWD !== undefined && isAbsolute(PWD) && isSame(PWD, cwd) ? PWD : cwd;
}

/** The kernel's, or `undefined` where it was removed. */
export function currentFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/**
 * The absolute path of what the kernel, and so Node and `cat`, finds under `path`: through the links of `here` where that
 * leads to the same, so that a reload follows them. It does not where `path` goes up (`../.env`) from a folder that is
 * reached through a link: the kernel goes up from where the link leads.
 *
 * @param here as `workingFolder()` has it
 */
export function pathFrom(here: string, path: string, cwd = process.cwd()): string {
  if (isAbsolute(path)) return resolve(path);
  const found = `${cwd}/${path}`;
  const ways = [resolve(here, path), resolve(cwd, path)];
  return ways.find((way) => isSame(way, found)) ?? ways.find(isInSameFolder(found)) ?? found;
}

/** Of what is not there, as it lacks its ending, or is to be missed by its name. */
function isInSameFolder(found: string): (way: string) => boolean {
  return (way) => isSame(dirname(way), dirname(found));
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) =>
    statSync(path, { throwIfNoEntry: false, bigint: true }),
  );
  return first !== undefined && first.dev === second?.dev && first.ino === second.ino;
}

/** How far up a link is looked for: `/srv/shop/current` is two folders above `/srv/shop/releases/1`. */
const LEVELS = 3;

/**
 * The path of a folder through a link that deploys move, where there seems to be one: one called `current`, as
 * Capistrano and its relatives make it.
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
