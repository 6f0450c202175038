// The folder of a log file. Whoever can write there could put a link in the place of the file.
import { lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { reasonOf } from '@muster/codec/thrown';
import { InvalidOptionError } from '../../errors.js';
import { lstatOf } from '../../process/safe-stat.js';
import { uid } from '../control/socket/runtime-folder.js';
import { folderFault, placeFault } from '../control/socket/trust.js';

export interface LogFileOptions {
  readonly dir: string;
  /** Bytes of a file. */
  readonly maxBytes: number;
  /** Milliseconds after which a file is rotated. 0: never by age. */
  readonly maxAgeMs: number;
  /** Files besides the one that is written. */
  readonly maxFiles: number;
}

/**
 * Makes it if it does not exist.
 *
 * @returns where it is, without links: it may be reached through some, as that of a release
 * @throws InvalidOptionError if it cannot be used, or others could replace it or what is in it
 */
export function openLogFolder(dir: string, file: string): string {
  let fault: string | undefined;
  try {
    mkdirSync(dir, { recursive: true, mode: 0o750 });
    const folder = realpathSync(dir);
    fault =
      placeFault(statSync(dirname(folder)), uid) ??
      folderFault(lstatSync(folder), uid) ??
      fileFault(join(folder, file));
    if (fault === undefined) return folder;
  } catch (error) {
    fault = reasonOf(error);
  }
  throw new InvalidOptionError(`logs.dir: ${dir} cannot be used: ${fault}.`);
}

function fileFault(path: string): string | undefined {
  const stats = lstatOf(path);
  if (!stats) return undefined;
  if (!stats.isFile()) return `${path} is there, and is no file`;
  return stats.uid === uid ? undefined : `${path} belongs to the user with id ${stats.uid}`;
}
