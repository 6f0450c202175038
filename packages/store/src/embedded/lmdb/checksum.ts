// A checksum in front of the text of an entry: a damaged file may give a wrong text, or the right one of another key.
import { crc32 } from 'node:zlib';

/** No text of a store begins with it. Twice, so that a text whose first byte is damaged is none either. */
const MARK = '\u0001';
const DIGITS = 8;
const WIDTH = DIGITS + 2 * MARK.length;

/** @param end of the entry, as LMDB has it. */
export function withChecksum(key: string, text: string, end: number): string {
  return `${MARK}${sumOf(key, text, end)}${MARK}${text}`;
}

/** What is stored may have one or not. */
function hasChecksum(stored: string): boolean {
  return stored.startsWith(MARK);
}

export function withoutChecksum(stored: string): string {
  return hasChecksum(stored) ? stored.slice(WIDTH) : stored;
}

/** Whether it is what was written. One without a checksum may be. */
export function isSound(key: string, stored: string, end: number): boolean {
  if (!hasChecksum(stored)) return true;
  return stored.slice(MARK.length, WIDTH) === `${sumOf(key, stored.slice(WIDTH), end)}${MARK}`;
}

function sumOf(key: string, text: string, end: number): string {
  return crc32(text, crc32(`${key} ${end}`))
    .toString(16)
    .padStart(DIGITS, '0');
}
