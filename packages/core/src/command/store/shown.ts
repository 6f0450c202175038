// Keys and values of a store on a terminal.
import { inspect } from 'node:util';
import { printable } from '../../printable.js';

/** One line, whatever is in it. */
export const printableKey = (key: string): string => printable(key);

/**
 * JSON that a person, or `jq`, can read. What JSON has no word for is text: a BigInt as its digits; a Map, a Set or an
 * Error as Node shows it.
 */
export function shownValue(value: unknown): string {
  return JSON.stringify(value, shown, 2).replaceAll(OBEYED, escaped);
}

/** What a terminal would obey, and JSON writes as it is. */
const OBEYED = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

function shown(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null || Array.isArray(value);
  return isPlain ? value : inspect(value, { depth: null, breakLength: Infinity });
}

const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
