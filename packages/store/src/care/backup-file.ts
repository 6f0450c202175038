/**
 * A backup is a file of lines of JSON, the same for every engine:
 *
 *   {"muster":"backup","version":1,"madeAt":1767139200000}
 *   ["users:ada","{\"name\":\"Ada\"}",1767225600000]
 *   [":visits","7",null]
 *   {"set":"board","member":"ada","score":10}
 *   {"entries":3}
 *
 * A value has its full key, its text, and when it ends (milliseconds since the epoch, `null` for never); a member of a sorted set
 * its score. The last line says how many there are, so that a file that was cut off is found out.
 */

import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { timeOfDay } from '@muster/codec/timers';
import { InvalidBackupError, StoreFailedError } from '../errors.js';

export type ValueLine = readonly [key: string, text: string, endsAt: number | null];

interface MemberLine {
  readonly set: string;
  readonly member: string;
  readonly score: number;
}

/** An entry of a backup. */
export type BackupLine = ValueLine | MemberLine;

const VERSION = 1;

/** Writes the file, which is there once it is whole: until then it has another name. @returns how many entries it has. */
export async function writeBackup(
  path: string,
  pages: AsyncIterable<readonly BackupLine[]>,
): Promise<number> {
  const part = `${path}.${process.pid}.part`;
  let file: FileHandle | undefined;
  try {
    // Sessions are in it: for the owner only.
    file = await open(part, 'w', 0o600);
    await file.write(line({ muster: 'backup', version: VERSION, madeAt: timeOfDay() }));
    let entries = 0;
    for await (const page of pages) {
      entries += page.length;
      await file.write(page.map(line).join(''));
    }
    await file.write(line({ entries }));
    await file.sync();
    await file.close();
    await rename(part, path);
    return entries;
  } catch (error) {
    await file?.close().catch(() => {});
    await rm(part, { force: true });
    throw unwritten(path, error);
  }
}

/**
 * Its entries, in their order.
 *
 * @throws InvalidBackupError at the line where it is none, or at the end of one that was cut off.
 */
export async function* readBackup(path: string): AsyncGenerator<BackupLine> {
  let number = 0;
  let entries: number | undefined;
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  try {
    for await (const text of lines) {
      number += 1;
      const value = parse(text);
      if (number === 1) checkHead(path, value);
      else if (entries !== undefined)
        throw invalid(path, `goes on after its end, at line ${number}`);
      else if (isValue(value) || isMember(value)) yield value;
      else if (isEnd(value, number - 2)) entries = value.entries;
      else throw invalid(path, `is damaged at line ${number}`);
    }
  } catch (error) {
    throw toStoreError(error, `The backup ${path} could not be read`);
  }
  if (entries === undefined) throw invalid(path, 'was cut off');
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
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

export function isValue(value: unknown): value is ValueLine {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [key, text, endsAt] = value;
  const isEnd = endsAt === null || (Number.isSafeInteger(endsAt) && endsAt > 0);
  return typeof key === 'string' && key.includes(':') && typeof text === 'string' && isEnd;
}

function isMember(value: unknown): value is MemberLine {
  const { set, member, score } = (value ?? {}) as Partial<MemberLine>;
  return (
    [set, member].every((name) => typeof name === 'string' && name !== '') && Number.isFinite(score)
  );
}

function isEnd(value: unknown, count: number): value is { entries: number } {
  return (value as { entries?: unknown } | null)?.entries === count;
}

function invalid(path: string, what: string): InvalidBackupError {
  return new InvalidBackupError(`The file ${path} ${what}; nothing was changed`);
}

export function unwritten(path: string, error: unknown): unknown {
  return toStoreError(error, `The backup ${path} could not be written`);
}

/** Errors of the file system, which have a `code` of its own; others are as they are. */
function toStoreError(error: unknown, what: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || code.startsWith('MUSTER_')) return error;
  return new StoreFailedError(`${what}: ${message}`, undefined, { cause: error });
}
