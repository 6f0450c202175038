// store.backup(): writes the contents of a store to a file while it is in use.
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Engine } from '../engine.js';
import { InvalidOptionError } from '../errors.js';
import { toStoreError, writeBackup } from './backup-file.js';
import { linesOf } from './entries.js';
import { checkWhole } from './restore-mark.js';
import { withScratchFolder } from './scratch-folder.js';

/** @returns how many entries it has. */
export async function backup(engine: Engine, path: string): Promise<number> {
  if (typeof path !== 'string' || path === '') {
    throw new InvalidOptionError('backup() takes the path of the file that is to be written');
  }
  const file = resolve(path);
  try {
    return await withScratchFolder(dirname(file), (folder) => {
      const part = join(folder, 'part');
      const write = async (from: Engine): Promise<number> => {
        await checkWhole(from);
        return writeBackup(file, part, linesOf(from));
      };
      return engine.copyTo ? withCopy(engine, join(folder, 'copy'), write) : write(engine);
    });
  } catch (error) {
    throw toStoreError(error, `The backup ${file} could not be written`);
  }
}

/** Reads a copy of the files at one moment, so that nobody has to wait while they are read. */
async function withCopy<Result>(
  engine: Engine,
  folder: string,
  use: (copy: Engine) => Promise<Result>,
): Promise<Result> {
  await mkdir(folder, { mode: 0o700 });
  await engine.copyTo?.(folder);
  const { openEmbeddedEngine } = await import('../embedded/open.js');
  const copy = await openEmbeddedEngine(folder, COPY);
  try {
    return await use(copy);
  } finally {
    await copy.close();
  }
}

const COPY = {
  keyPrefix: '',
  deadlineMs: 60_000,
  maxBytes: Number.MAX_SAFE_INTEGER,
  durability: 'process',
  // Damaged entries must not get into the backup.
  checksums: true,
} as const;
