// Finds the file that `muster start` runs.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { CommandFailure, exits } from '../line/failure.js';

/**
 * @param path absolute
 *
 * Finds it as `node file` does: without its ending, or as the main module of a folder. Links stay in the path, because
 * deploys move them.
 *
 * @throws CommandFailure
 */
export function serverFile(folder: string, path: string): string {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
    const found = createRequire(join(folder, 'x')).resolve(path);
    const linked = existsSync(path) ? path : dirname(path);
    return join(linked, relative(realpathSync(linked), found));
  } catch {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw new CommandFailure(
        `${path} is a folder, and it has no main module. Give the file of the server.`,
        exits.usage,
      );
    }
    throw new CommandFailure(`There is no file ${path}.`, exits.usage);
  }
}
