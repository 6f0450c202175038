// A value as text, for a store.

import { CorruptValueError } from './errors.js';
import { MAX_DEPTH } from './limits.js';
import { isPlain } from './plain/is-plain.js';
import { fromRichForm, isRichForm, toRichForm } from './rich/rich-form.js';
import { assertHarmless, mayBeHarmful } from './untrusted-json.js';

/** Begins a text that is superjson's. No JSON text begins with it. */
const RICH = '~';

/**
 * Plain JSON where that carries the value exactly, else `~` and superjson's JSON.
 *
 * @throws UnsupportedValueError where a part of the value cannot be carried. Its `path` says which.
 */
export function encode(value: unknown): string {
  return isPlain(value) ? JSON.stringify(value) : RICH + JSON.stringify(toRichForm(value));
}

/**
 * The value that was encoded. Safe to call with a text from anywhere: no prototype is touched.
 *
 * @throws CorruptValueError where the text is not one that `encode` writes, or has a key `__proto__`
 *   or a number beyond those of JavaScript, such as 1e999.
 */
export function decode(text: string): unknown {
  if (typeof text !== 'string') throw new CorruptValueError('it is not a text');
  if (text[0] === RICH) {
    const form = parse(text.slice(RICH.length));
    if (!isRichForm(form)) throw new CorruptValueError('it begins like a rich value, and is none');
    return fromRichForm(form);
  }
  const value = parse(text);
  if (mayBeHarmful(text)) assertHarmless(value, MAX_DEPTH);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CorruptValueError('it is not JSON, or was cut off', { cause });
  }
}
