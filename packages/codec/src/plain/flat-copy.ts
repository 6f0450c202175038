// Copies of small flat objects, which become JSON later and many at once: that takes half as long as one after the other. A
// change that the sender makes after sending is not in the copy.

import { flatJson } from './flat-json.js';
import { isPlainNumber } from './is-plain.js';

/** An object with more properties is not small. */
const MAX_PROPERTIES = 16;
/** Nor is an object whose JSON is longer than this, in characters, by an estimate. */
export const MAX_FLAT_COPY_CHARS = 512;

/** Quotes, a colon and a comma. */
const KEY_CHARS = 4;
const NUMBER_CHARS = 10;
const OTHER_CHARS = 5;

const { getPrototypeOf, getOwnPropertySymbols } = Object;
const objectPrototype = Object.prototype;

/**
 * Adds a copy of the value to the list, if the value is a small object with nothing but strings, numbers, booleans and `null` in
 * it, of which JSON makes the same again.
 *
 * @returns about how many characters its JSON has: no more than six times as many. 0 for any other value, which is not added.
 */
export function addFlatCopy(list: object[], value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (getPrototypeOf(value) !== objectPrototype) return 0;
  const copy: Record<string, unknown> = { ...value };
  let properties = 0;
  let chars = 2;
  for (const key in copy) {
    if (++properties > MAX_PROPERTIES || key === '__proto__' || key === 'json') return 0;
    const one = copy[key];
    if (typeof one === 'string') chars += one.length + 2;
    else if (typeof one === 'number') {
      if (!isPlainNumber(one)) return 0;
      chars += NUMBER_CHARS;
    } else if (typeof one === 'boolean' || one === null) chars += OTHER_CHARS;
    else return 0;
    chars += key.length + KEY_CHARS;
    if (chars > MAX_FLAT_COPY_CHARS) return 0;
  }
  if (properties === 0 || getOwnPropertySymbols(value).length > 0) return 0;
  list.push(copy);
  return chars;
}

/** The JSON of such copies, with commas between them. */
export function jsonOfFlatCopies(list: readonly object[]): string {
  // Some code of others adds `toJSON` to all arrays or objects.
  return 'toJSON' in list ? list.map(flatJson).join(',') : JSON.stringify(list).slice(1, -1);
}
