// Commands of this machine.
import { access, constants } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';

/**
 * The first executable of that name in the folders of `path`.
 *
 * @param {string} name
 * @param {string} path folders, as in PATH
 * @returns {Promise<string | undefined>}
 */
export async function which(name, path) {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = resolve(folder, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

/** @param {string} file */
export async function isExecutable(file) {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
