// The folders that the engine creates, and those that are no longer needed.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
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
    .filter((name) => name.startsWith(PAGE_FOLDER))
    .map((name) => join(path, name))
    .filter((folder) => folder !== pageFolder(path));
}

export const MUTEX_FOLDER = 'gate';

/** One for each boot: the contents of the page are of no use in another boot. */
const PAGE_FOLDER = 'boot-';

/** Where the shared page of this boot is. */
export function pageFolder(path: string): string {
  return join(path, PAGE_FOLDER + bootId());
}
