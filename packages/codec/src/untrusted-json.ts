// Checks a parsed JSON tree from outside: it must not be too deep to walk, nor have a `__proto__` or an Infinity in it.

import { CorruptValueError } from './errors.js';

/** A number that JSON.parse makes Infinity of has such an exponent, or at least 209 digits in a row. */
const LARGE_EXPONENT = /[eE]\+?[0-9]{3}/;
/** Of so many digits, every 64th is looked at, so that at least three of those that are looked at follow each other. */
const STEP = 64;
const SEEN = 3;

/**
 * Whether what `assertHarmless` refuses can be in a JSON text at all. Hardly any honest text is walked for it.
 *
 * A key `__proto__` may be written with escapes, as in `"\u005f_proto__"`; those of its letters and underscores all begin
 * with `\u00`. JSON.stringify writes such an escape for control characters only.
 */
export function mayBeHarmful(text: string): boolean {
  return (
    text.includes('__proto__') ||
    text.includes('\\u00') ||
    LARGE_EXPONENT.test(text) ||
    mayHoldManyDigits(text)
  );
}

function mayHoldManyDigits(text: string): boolean {
  let seen = 0;
  for (let at = STEP; at < text.length; at += STEP) {
    const code = text.charCodeAt(at);
    seen = code >= 0x30 && code <= 0x39 ? seen + 1 : 0;
    if (seen === SEEN) return true;
  }
  return false;
}

/**
 * @throws CorruptValueError at an own `__proto__`, at an Infinity, as JSON.parse reads it from 1e999, or where the tree has
 *   more levels than that.
 */
export function assertHarmless(tree: unknown, levels: number): void {
  if (typeof tree === 'number' && tree - tree !== 0) {
    throw new CorruptValueError('it has a number that is too large to be one');
  }
  if (typeof tree !== 'object' || tree === null) return;
  if (levels === 0)
    throw new CorruptValueError('it is nested deeper than any value that was encoded');
  if (Array.isArray(tree)) {
    for (let index = 0; index < tree.length; index++) {
      const value: unknown = tree[index];
      if (typeof value !== 'string') assertHarmless(value, levels - 1);
    }
    return;
  }
  for (const key in tree) {
    if (key === '__proto__') {
      throw new CorruptValueError('a key __proto__ is in it, which could pollute a prototype');
    }
    const value: unknown = (tree as Record<string, unknown>)[key];
    if (typeof value !== 'string') assertHarmless(value, levels - 1);
  }
}
