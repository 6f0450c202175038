// Our own files below a folder. What is installed or built is not even looked at: behind links, that is all of node_modules.
// @ts-check
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const NOT_OURS = new Set(['node_modules', 'dist', 'lib', 'static']);

/**
 * @param {string} folder
 * @returns {Promise<string[]>} paths that begin with the folder's
 */
export async function sourceFiles(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isFile()) return [path];
    return entry.isDirectory() && !NOT_OURS.has(entry.name) ? sourceFiles(path) : [];
  });
  return (await Promise.all(found)).flat();
}
