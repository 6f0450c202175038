// What a parsed JSON tree from outside must not be: too deep to walk, or the carrier of a `__proto__`.

import { CorruptValueError } from './errors.js';

/**
 * Whether a JSON text can have a key `__proto__` at all. It may be written with escapes, as in
 * `"\u005f_proto__"`; those of its letters and underscores all begin with `\u00`. JSON.stringify writes such
 * an escape for control characters only, so that hardly any honest text is walked.
 */
export function mayHoldPrototypeKey(text: string): boolean {
  return text.includes('__proto__') || text.includes('\\u00');
}

/** @throws CorruptValueError at an own `__proto__`, or where the tree has more levels than that. */
export function assertHarmless(tree: unknown, levels: number): void {
  if (typeof tree !== 'object' || tree === null) return;
  if (levels === 0)
    throw new CorruptValueError('it is nested deeper than any value that was encoded');
  if (Array.isArray(tree)) {
    for (let index = 0; index < tree.length; index++) {
      const value: unknown = tree[index];
      if (typeof value === 'object') assertHarmless(value, levels - 1);
    }
    return;
  }
  for (const key in tree) {
    if (key === '__proto__') {
      throw new CorruptValueError('a key __proto__ is in it, which could pollute a prototype');
    }
    const value: unknown = (tree as Record<string, unknown>)[key];
    if (typeof value === 'object') assertHarmless(value, levels - 1);
  }
}
