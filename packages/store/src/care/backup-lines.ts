/**
 * A backup is a file of lines of JSON, the same for every engine:
 *
 *   {"muster":"backup","version":1,"madeAt":1767139200000}
 *   ["users:ada","{\"name\":\"Ada\"}",1767225600000]
 *   [":visits","7",null]
 *   {"set":"board","member":"ada","score":10}
 *   {"entries":3,"sha256":"8d5e…"}
 *
 * A value has its full key, its text, and its expiry (milliseconds since the epoch, `null` for never); a member of a sorted set has
 * its score. The last line has the number of entries, and the SHA-256 of all bytes before it in hex, so that a file that was cut off, or
 * changed by a single character, is noticed. A text is copied as it was stored, even if the codec did not write it.
 */
import { isKeyOfValue, Keyspace } from '../entries/keyspace.js';

export type ValueLine = readonly [key: string, text: string, endsAt: number | null];

interface MemberLine {
  readonly set: string;
  readonly member: string;
  readonly score: number;
}

/** An entry of a backup. */
export type BackupLine = ValueLine | MemberLine;

export const VERSION = 1;
/** Bytes of the longest line. A longer one is refused before memory is full. */
export const MAX_LINE = 256 * 1024 ** 2;
/** Bytes of the first line: a file that is not a backup is refused early. */
export const MAX_FIRST_LINE = 1024;

export function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

export function endLine(entries: number, sha256: string): string {
  return line({ entries, sha256 });
}

/** The last line, right or wrong. */
export function isEnd(value: unknown): boolean {
  return typeof (value as { entries?: unknown } | null)?.entries === 'number';
}

export function isValue(value: unknown): value is ValueLine {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [key, text, endsAt] = value;
  const ends = endsAt === null || (Number.isSafeInteger(endsAt) && endsAt > 0);
  return typeof key === 'string' && isKeyOfValue(key) && typeof text === 'string' && ends;
}

export function isMember(value: unknown): value is MemberLine {
  const { set, member, score } = (value ?? {}) as Partial<MemberLine>;
  if (typeof set !== 'string' || typeof member !== 'string' || !Number.isFinite(score))
    return false;
  try {
    memberKey(set, member);
    return true;
  } catch {
    return false;
  }
}

/** A unique name of the member. @throws StoreError if the name of the set or of the member is invalid. */
export function memberKey(set: string, member: string): string {
  return Keyspace.sortedSet(set).full(member);
}
