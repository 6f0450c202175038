// Which file `muster start` is to run.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { CommandFailure, exits } from '../failure.js';

/**
 * As `node file` finds it: without its ending, or as the main module of a folder. Links on the way stay in it: they are
 * what a deploy moves.
 *
 * @throws CommandFailure
 */
export function serverFile(folder: string, file: string): string {
  const path = resolve(folder, file);
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
    const found = createRequire(join(folder, 'x')).resolve(path);
    const linked = existsSync(path) ? path : dirname(path);
    return join(linked, relative(realpathSync(linked), found));
  } catch {
    throw new CommandFailure(`There is no file ${path}.`, exits.usage);
  }
}
