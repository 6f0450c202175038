// The folders that the engine creates, and those that are no longer needed.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { identityOf, isAlive } from '../shared-memory/processes.js';
import { bootId } from './boot.js';

/** All files of Muster in a working folder are under `.muster`, which git should ignore. */
const OWN_FOLDER = '.muster';

export async function makeFolder(path: string): Promise<void> {
  await makeFolders(path);
  const parent = dirname(path);
  if (basename(parent) !== OWN_FOLDER) return;
  const ignore = join(parent, '.gitignore');
  await writeFile(ignore, '*\n', { flag: 'wx' }).catch(async (error) => {
    if (error.code === 'EEXIST') return;
    await rm(ignore, { force: true });
    throw error;
  });
}

/** Instead of `recursive` of mkdir: in a folder that allows no subfolders, such as /proc, Node would retry forever on a thread. */
async function makeFolders(path: string): Promise<void> {
  const make = () =>
    mkdir(path, { mode: 0o700 }).catch((error) => {
      if (error.code !== 'EEXIST') throw error;
    });
  await make().catch(async (error) => {
    if (error.code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolders(dirname(path));
    await make();
  });
}

/** The pages of other boots, and drafts of pages whose processes died. */
export async function staleFolders(path: string): Promise<string[]> {
  const names = await readdir(path);
  return names
    .filter((name) => name.startsWith(PAGE_FOLDER) && !isUnderWay(name))
    .map((name) => join(path, name))
    .filter((folder) => folder !== pageFolder(path));
}

/**
 * What the name of a draft of this page begins with. Another process must not remove the draft while this one works in it: the native
 * part of lmdb crashes the process if files that it opens are gone.
 */
export function draftPrefix(page: string): string {
  return `${page}.${identityOf(process.pid)}.`;
}

/** Whether it is the draft of a process that is alive. */
function isUnderWay(name: string): boolean {
  const [, identity] = /\.(\d+)\.[^.]*$/.exec(name) ?? [];
  return identity !== undefined && isAlive(BigInt(identity));
}

export const MUTEX_FOLDER = 'gate';

/** One for each boot: the contents of the page are of no use in another boot. */
const PAGE_FOLDER = 'boot-';

/** Where the shared page of this boot is. */
export function pageFolder(path: string): string {
  return join(path, PAGE_FOLDER + bootId());
}
