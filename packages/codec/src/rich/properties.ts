// The own properties of an object, as the codec sees them: the enumerable ones are the value.

import { hasNamedProperty } from '../plain/named-properties.js';
import type { Visit } from './kinds/kind.js';
import type { ValuePath } from './value-path.js';

const { getOwnPropertySymbols, hasOwn } = Object;
const isEnumerable = Object.prototype.propertyIsEnumerable;

/** Visits the fields of an object that is open on the path. True if all of them are plain. */
export function visitFields(object: object, path: ValuePath, visit: Visit): boolean {
  refuseSymbolKeys(object, path);
  let plain = true;
  for (const key of Object.keys(object)) {
    path.push(key);
    if (key === '__proto__') {
      path.refuse(
        'a key of this name could pollute a prototype where the value is copied; rename it',
      );
    }
    if (!visit((object as Record<string, unknown>)[key], path)) plain = false;
    path.pop();
  }
  return plain;
}

/** For a value that has no fields, like a Date: what somebody put on it would not come back. */
export function refuseFields(object: object, what: string, path: ValuePath): void {
  refuseSymbolKeys(object, path);
  refuseField(Object.keys(object)[0], what, path);
}

/** For a list, where the elements are all that is carried. */
export function refuseNamedProperty(
  list: ArrayLike<unknown> & object,
  what: string,
  path: ValuePath,
): void {
  refuseSymbolKeys(list, path);
  if (hasNamedProperty(list)) refuseField(Object.keys(list).at(-1), what, path);
}

function refuseField(step: string | undefined, what: string, path: ValuePath): void {
  if (step !== undefined) {
    path.refuse(`a property on ${what} is not carried; send it beside the value`, { step });
  }
}

export function refuseSymbolKeys(object: object, path: ValuePath): void {
  for (const symbol of getOwnPropertySymbols(object)) {
    if (isEnumerable.call(object, symbol)) {
      const step = { text: `[${String(symbol)}]` };
      path.refuse('a property with a symbol for its key is not carried; use a string key', {
        step,
      });
    }
  }
}

/** A field of a form that came from outside, and never one that it inherits. */
export function ownField(form: object, key: string): unknown {
  return hasOwn(form, key) ? (form as Record<string, unknown>)[key] : undefined;
}
