// Which files the engine has open, to tell when others are in their place.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { MUTEX_FOLDER, pageFolder } from './folders.js';

const NAMES = ['data.mdb', 'lock.mdb'];

/** Of all LMDB files in the folder `path`: the same as long as they are. A file that is open keeps its inode number. */
export function fileIdentityOf(path: string): string {
  return [path, join(path, MUTEX_FOLDER), pageFolder(path)].map(inodesIn).join(' ');
}

/** Whether those are still the files in the folder. */
export function areCurrent(path: string, fileIdentity: string): boolean {
  try {
    return fileIdentityOf(path) === fileIdentity;
  } catch (error) {
    // A folder that cannot be looked into may still be the same.
    return (error as NodeJS.ErrnoException).code !== 'ENOTDIR';
  }
}

/** Of the data, as a word of the shared page; never 0. FNV-1a, 31 bits. */
export function fingerprintOf(path: string): number {
  let hash = 0x811c9dc5;
  for (const character of inodesIn(path)) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  return hash >>> 1 || 1;
}

function inodesIn(folder: string): string {
  return NAMES.map((name) => {
    const stats = statSync(join(folder, name), { bigint: true, throwIfNoEntry: false });
    return stats ? `${stats.dev}:${stats.ino}` : 'none';
  }).join(' ');
}
