// Keys and values of a store on a terminal.
import { inspect } from 'node:util';

/**
 * A key, or the name of a namespace, on one line: unchanged, or as a JSON string if a terminal would show it differently.
 * The command accepts either form.
 */
export function displayName(name: string): string {
  if (!name.startsWith('"') && !UNLIKE_ITSELF.test(name)) return name;
  return JSON.stringify(name).replaceAll(OBEYED, escaped);
}

/** Parses a name given to the command: a JSON string stands for its content. */
export function parseDisplayName(given: string): string {
  if (!given.startsWith('"')) return given;
  try {
    const name: unknown = JSON.parse(given);
    return typeof name === 'string' ? name : given;
  } catch {
    return given;
  }
}

/** Control characters, and characters that break a line or change its direction. */
const UNLIKE_ITSELF = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/**
 * JSON that a person, or `jq`, can read. Values that JSON cannot express become text: a BigInt as its digits; a Map, a Set
 * or an Error as Node shows it.
 */
export function displayValue(value: unknown): string {
  return JSON.stringify(value, shown, 2).replaceAll(OBEYED, escaped);
}

/** Characters that a terminal would obey, and JSON does not escape. */
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
