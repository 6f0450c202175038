// store.backup(): a file with all that a store holds, while it is in use.
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Engine } from '../engine.js';
import { InvalidArgumentError } from '../errors.js';
import { unwritten, writeBackup } from './backup-file.js';
import { linesOf } from './entries.js';
import { checkWhole } from './restore-mark.js';

/** @returns how many entries it has. */
export async function backup(engine: Engine, path: string): Promise<number> {
  if (typeof path !== 'string' || path === '') {
    throw new InvalidArgumentError('backup() takes the path of the file that is to be written');
  }
  const file = resolve(path);
  if (!engine.copyTo) return write(engine, file);
  // Of the files as they are at one moment, without holding anybody up while they are read.
  const folder = await mkdtemp(join(dirname(file), '.muster-backup-')).catch((error: unknown) => {
    throw unwritten(file, error);
  });
  try {
    await engine.copyTo(folder);
    const { openEmbeddedEngine } = await import('../embedded/open.js');
    const copy = await openEmbeddedEngine(folder, COPY);
    try {
      return await write(copy, file);
    } finally {
      await copy.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function write(engine: Engine, file: string): Promise<number> {
  await checkWhole(engine);
  return writeBackup(file, linesOf(engine));
}

const COPY = {
  keyPrefix: '',
  deadlineMs: 60_000,
  maxBytes: Number.MAX_SAFE_INTEGER,
  durability: 'process',
  // What is damaged is not written down as if it were not.
  checksums: true,
} as const;
