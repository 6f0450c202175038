// Makes sure that LMDB may open the data file: sets aside files of another boot, and damaged ones.
import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Durability } from '../../engine.js';
import { StoreCorruptError } from '../../errors.js';
import { bootId } from './boot.js';
import { damageOf } from './data-file.js';

/** Values of a word of the shared page. */
export const DURABILITY = { process: 1, disk: 2 } as const;

const DATA = 'data.mdb';
const LOCK = 'lock.mdb';
/** A file with the boot that wrote the data last, and its durability. */
const ORIGIN = 'origin';
/** Exists if LMDB has found its file damaged. */
const DAMAGED = 'damaged';
/** Exists if processes have crashed on the file. */
const DEADLY = 'deadly';
const ASIDE = 'data.mdb.aside';

/**
 * Call it when nobody can write. Afterwards LMDB may open the data file, if there is one.
 *
 * Data with `durability: 'process'` may be in any state after the machine has stopped, and LMDB crashes on some of them: the file is
 * renamed, and the store starts empty. Damaged data is treated in the same way, unless it has `durability: 'disk'`: then it is left
 * for people to look at.
 *
 * @param isShared another process has the files open. If processes crash on the file, it is set aside nevertheless, and the other
 *   processes notice.
 * @throws StoreCorruptError, FilesMovedError
 */
export function prepareFiles(folder: string, durability: Durability, isShared: boolean): void {
  const path = (name: string): string => join(folder, name);
  const origin = readOrigin(path(ORIGIN));
  const isDeadly = existsSync(path(DEADLY));
  if (!isShared && existsSync(path(DATA))) {
    const isOfOtherBoot = origin !== undefined && origin.boot !== bootId();
    const damage = isDeadly
      ? 'processes that read it have died of it'
      : existsSync(path(DAMAGED))
        ? 'LMDB found it damaged'
        : damageOf(path(DATA));
    if (isOfOtherBoot && origin.durability === 'process') {
      setAside(folder, 'is from before the machine was started again, and may be incomplete');
    } else if (damage !== undefined) {
      if (origin?.durability === 'disk') throw corrupt(path(DATA), damage);
      setAside(folder, `cannot be used: ${damage}`);
    }
  } else if (isShared) {
    if (isDeadly && origin?.durability !== 'disk') {
      setAside(folder, 'cannot be used: processes that read it have died of it');
      throw new FilesMovedError();
    }
    const damage = damageOf(path(DATA));
    if (damage !== undefined) throw corrupt(path(DATA), damage);
  }
  if (origin?.boot === bootId() && origin.durability === durability) return;
  writeOrigin(path(ORIGIN), `${bootId()} ${durability}\n`);
}

/** The durability with which the store of the folder was last opened. If it cannot be read, opening the store says why. */
export function durabilityOf(folder: string): Durability | undefined {
  try {
    const { durability } = readOrigin(join(folder, ORIGIN)) ?? {};
    return durability === 'process' || durability === 'disk' ? durability : undefined;
  } catch {
    return undefined;
  }
}

export class FilesMovedError extends Error {
  override readonly message = 'other processes use files that are not there any more';
}

/** Called when LMDB has found its file damaged: the next process that opens it, while no other has it open, sets it aside. */
export function markDamaged(folder: string): void {
  mark(folder, DAMAGED);
}

/** Called when processes have crashed on the file: the next process that opens it sets it aside. */
export function markDeadly(folder: string): void {
  mark(folder, DEADLY);
}

function mark(folder: string, name: string): void {
  try {
    writeFileSync(join(folder, name), '', { mode: 0o600 });
  } catch {
    // The mark only spares the next process the same error.
  }
}

/** Writes in place: on a full disk, a rewritten file would be left empty. */
function writeOrigin(path: string, text: string): void {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    writeSync(file, text, 0);
    ftruncateSync(file, text.length);
  } finally {
    closeSync(file);
  }
}

function readOrigin(path: string): { boot: string; durability: string } | undefined {
  try {
    const [boot = '', durability = ''] = readFileSync(path, 'utf8').trim().split(' ');
    return { boot, durability };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Only the last file that was set aside is kept. */
function setAside(folder: string, why: string): void {
  const data = join(folder, DATA);
  const aside = join(folder, ASIDE);
  renameSync(data, aside);
  rmSync(join(folder, LOCK), { force: true });
  for (const name of [DAMAGED, DEADLY]) rmSync(join(folder, name), { force: true });
  process.emitWarning(
    `The embedded store's file ${data} ${why}. It was set aside as ${aside}, and the store starts empty`,
    { code: 'MUSTER_STORE_SET_ASIDE' },
  );
}

function corrupt(path: string, damage: string): StoreCorruptError {
  return new StoreCorruptError(
    `The embedded store's file ${path} cannot be used: ${damage}. Move it away to start with an empty store`,
  );
}
