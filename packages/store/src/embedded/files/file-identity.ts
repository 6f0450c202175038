// The identity of the open files, to notice when they have been replaced.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fnv1a } from '../fnv1a.js';
import { MUTEX_FOLDER, pageFolder } from './folders.js';

const NAMES = ['data.mdb', 'lock.mdb'];

/** The inodes of all LMDB files in the folder `path`. A file that is open keeps its inode number. */
export function fileIdentityOf(path: string): string {
  return [path, join(path, MUTEX_FOLDER), pageFolder(path)].map(inodesIn).join(' ');
}

/** Whether the folder still has the files of this identity. */
export function areCurrent(path: string, fileIdentity: string): boolean {
  try {
    return fileIdentityOf(path) === fileIdentity;
  } catch (error) {
    // A folder that cannot be looked into may still be the same.
    return (error as NodeJS.ErrnoException).code !== 'ENOTDIR';
  }
}

/** A hash of the identity of the data files, for a word of the shared page: 31 bits, never 0. */
export function fingerprintOf(path: string): number {
  return fnv1a(inodesIn(path)) >>> 1 || 1;
}

function inodesIn(folder: string): string {
  return NAMES.map((name) => {
    const stats = statSync(join(folder, name), { bigint: true, throwIfNoEntry: false });
    return stats ? `${stats.dev}:${stats.ino}` : 'none';
  }).join(' ');
}
