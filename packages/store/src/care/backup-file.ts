// Writes and reads backup files (see backup-lines.ts for their format).
import { createHash } from 'node:crypto';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { timeOfDay } from '@muster/codec/timers';
import { InvalidBackupError, StoreFailedError } from '../errors.js';
import {
  type BackupLine,
  endLine,
  isEnd,
  isMember,
  isValue,
  line,
  MAX_FIRST_LINE,
  MAX_LINE,
  VERSION,
} from './backup-lines.js';
import type { BackupSource } from './backup-source.js';
import { linesIn } from './byte-lines.js';

/** About the number of bytes that are written in one step. */
const STEP = 1024 ** 2;
const NEWLINE = 0x0a;

/**
 * Writes the file, which appears under its name when it is complete.
 *
 * @param part the path of the unfinished file, on the same file system; it stays there if writing fails.
 * @returns how many entries it has.
 */
export async function writeBackup(
  path: string,
  part: string,
  pages: AsyncIterable<readonly BackupLine[]>,
): Promise<number> {
  // It may contain sessions: only the owner may read it.
  const file = await open(part, 'wx', 0o600);
  let entries: number;
  try {
    entries = await writeLines(file, pages);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
  return entries;
}

async function writeLines(
  file: FileHandle,
  pages: AsyncIterable<readonly BackupLine[]>,
): Promise<number> {
  const sum = createHash('sha256');
  let lines = [bytesOf({ muster: 'backup', version: VERSION, madeAt: timeOfDay() })];
  let length = 0;
  const write = async (): Promise<void> => {
    const bytes = Buffer.concat(lines);
    sum.update(bytes);
    await file.appendFile(bytes);
    lines = [];
    length = 0;
  };
  let entries = 0;
  for await (const page of pages) {
    for (const entry of page) {
      const bytes = bytesOf(entry);
      lines.push(bytes);
      length += bytes.length;
      if (length >= STEP) await write();
    }
    entries += page.length;
  }
  await write();
  await file.appendFile(endLine(entries, sum.digest('hex')));
  return entries;
}

/**
 * The entries of a backup, in order.
 *
 * @throws InvalidBackupError at the first wrong line, or at the end of a file that was cut off or changed.
 */
export async function* readBackup(source: BackupSource): AsyncGenerator<BackupLine> {
  const { path } = source;
  const sum = createHash('sha256');
  let number = 0;
  let isOver = false;
  const most = (line: number): number => (line === 1 ? MAX_FIRST_LINE : MAX_LINE);
  try {
    for await (const bytes of linesIn(source.read(), most)) {
      number += 1;
      const text = bytes.toString();
      const value = parse(text);
      if (number === 1) checkHead(path, value);
      else if (isOver) throw invalid(path, `goes on after its end, at line ${number}`);
      else if (isEnd(value)) {
        isOver = true;
        if (text !== endLine(number - 2, sum.digest('hex'))) throw unlikeItsSum(path, value);
        continue;
      } else if (isValue(value) || isMember(value)) yield value;
      else if (bytes.at(-1) !== NEWLINE) throw endless(path, number, bytes);
      else throw invalid(path, `is damaged at line ${number}`);
      sum.update(bytes);
    }
  } catch (error) {
    throw toStoreError(error, `The backup ${path} could not be read`);
  }
  if (!isOver) throw invalid(path, 'was cut off');
}

function bytesOf(value: BackupLine | object): Buffer {
  const bytes = Buffer.from(line(value));
  if (bytes.length <= MAX_LINE) return bytes;
  const key = isValue(value) ? JSON.stringify(value[0]) : 'a member of a sorted set';
  throw new StoreFailedError(
    `${key} has ${bytes.length} bytes, and a backup takes no more than ${MAX_LINE} of one entry`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkHead(path: string, head: unknown): void {
  const { muster, version } = (head ?? {}) as { muster?: unknown; version?: unknown };
  if (muster !== 'backup') throw invalid(path, 'is no backup of a store');
  if (version !== VERSION) throw invalid(path, 'was made by a later version of Muster');
}

function endless(path: string, number: number, { length }: Buffer): InvalidBackupError {
  const isLong = length >= MAX_LINE - 1;
  return invalid(
    path,
    isLong
      ? `has a line that is too long for any entry, line ${number}`
      : `was cut off, in line ${number}`,
  );
}

function unlikeItsSum(path: string, end: unknown): InvalidBackupError {
  const hasSum = typeof (end as { sha256?: unknown }).sha256 === 'string';
  return invalid(
    path,
    hasSum
      ? 'is damaged, or was changed: its entries are not those that its last line has the sum of'
      : 'has no SHA-256 in its last line, so that nobody can say whether it is whole; make a new backup',
  );
}

function invalid(path: string, what: string): InvalidBackupError {
  return new InvalidBackupError(`The file ${path} ${what}; nothing was changed`);
}

/** Wraps errors of the file system, which have a `code` of their own; returns other errors as they are. */
export function toStoreError(error: unknown, what: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || code.startsWith('MUSTER_')) return error;
  return new StoreFailedError(`${what}: ${message}`, undefined, { cause: error });
}
