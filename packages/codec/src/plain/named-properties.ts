// Whether a list has properties beside its elements, which JSON would drop in silence.

import { inspect } from 'node:util';

/** From here on, asking `inspect` (about 1.5 µs whatever the length) is cheaper than listing every index. */
const LONG = 128;

const WITHOUT_ELEMENTS = { maxArrayLength: 0, depth: 0, customInspect: false } as const;

/**
 * Own enumerable properties other than elements, as in `Object.assign([1], { total: 1 })` or the result of
 * `RegExp.exec`. Of an array with holes the answer may be wrong: look for holes too.
 *
 * `Object.keys` makes a string of every index, which on a list of 100,000 numbers takes longer than JSON
 * itself. `inspect` asks V8 for the other properties only. Its text is taken as proof in one direction:
 * where it is not exactly what a list without properties gives, the keys are counted after all.
 */
export function hasNamedProperty(list: ArrayLike<unknown> & object): boolean {
  const { length } = list;
  if (length > LONG && inspect(list, WITHOUT_ELEMENTS).endsWith(`[ ... ${length} more items ]`)) {
    return false;
  }
  return Object.keys(list).length !== length;
}
