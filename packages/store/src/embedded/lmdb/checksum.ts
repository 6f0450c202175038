// A checksum in front of the text of an entry: a damaged file may give a wrong text, or the right one of another key.
import { crc32 } from 'node:zlib';

/** No text of a store begins with it. It is written twice, so that damage to the first byte is noticed. */
const MARK = '\u0001';
const DIGITS = 8;
const WIDTH = DIGITS + 2 * MARK.length;

/** @param end the stored end of the entry. */
export function withChecksum(key: string, text: string, end: number): string {
  return `${MARK}${sumOf(key, text, end)}${MARK}${text}`;
}

/** A stored text may have a checksum or not. */
function hasChecksum(stored: string): boolean {
  return stored.startsWith(MARK);
}

export function withoutChecksum(stored: string): string {
  return hasChecksum(stored) ? stored.slice(WIDTH) : stored;
}

/** Whether the text is the one that was written. A text without a checksum counts as sound. */
export function isSound(key: string, stored: string, end: number): boolean {
  if (!hasChecksum(stored)) return true;
  return stored.slice(MARK.length, WIDTH) === `${sumOf(key, stored.slice(WIDTH), end)}${MARK}`;
}

function sumOf(key: string, text: string, end: number): string {
  return crc32(text, crc32(`${key} ${end}`))
    .toString(16)
    .padStart(DIGITS, '0');
}
