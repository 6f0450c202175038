/**
 * The folder that a cluster is started in, as a person names it. The kernel knows a process's working directory without
 * links (`/srv/shop/releases/1`); a shell keeps the path that was walked (`/srv/shop/current`) in PWD. Only the second
 * leads to the next release once the link has moved.
 */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';

/** As PWD has it, where that is the same folder. Another program may have changed its own folder, and left PWD as it was. */
export function workingFolder(cwd = process.cwd(), { PWD } = process.env): string {
  return PWD !== undefined && isAbsolute(PWD) && isSame(PWD, cwd) ? PWD : cwd;
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
