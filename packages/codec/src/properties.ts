// The own properties of an object, as the codec sees them: the enumerable ones are the value.

import type { Visit } from './kinds/kind.js';
import { hasNamedProperty } from './named-properties.js';
import type { Trail } from './trail.js';

const { getOwnPropertySymbols, hasOwn } = Object;
const isEnumerable = Object.prototype.propertyIsEnumerable;

/** Visits the fields of an object that is open on the trail. True if all of them are plain. */
export function visitFields(object: object, trail: Trail, visit: Visit): boolean {
  refuseSymbolKeys(object, trail);
  let plain = true;
  for (const key of Object.keys(object)) {
    trail.push(key);
    if (key === '__proto__') {
      trail.refuse(
        'a key of this name could pollute a prototype where the value is copied; rename it',
      );
    }
    if (!visit((object as Record<string, unknown>)[key], trail)) plain = false;
    trail.pop();
  }
  return plain;
}

/** For a value that has no fields, like a Date: what somebody put on it would not come back. */
export function refuseFields(object: object, what: string, trail: Trail): void {
  refuseSymbolKeys(object, trail);
  refuseField(Object.keys(object)[0], what, trail);
}

/** For a list, where the elements are all that is carried. */
export function refuseNamedProperty(
  list: ArrayLike<unknown> & object,
  what: string,
  trail: Trail,
): void {
  refuseSymbolKeys(list, trail);
  if (hasNamedProperty(list)) refuseField(Object.keys(list).at(-1), what, trail);
}

function refuseField(step: string | undefined, what: string, trail: Trail): void {
  if (step !== undefined) {
    trail.refuse(`a property on ${what} is not carried; send it beside the value`, { step });
  }
}

export function refuseSymbolKeys(object: object, trail: Trail): void {
  for (const symbol of getOwnPropertySymbols(object)) {
    if (isEnumerable.call(object, symbol)) {
      const step = { text: `[${String(symbol)}]` };
      trail.refuse('a property with a symbol for its key is not carried; use a string key', {
        step,
      });
    }
  }
}

/** A field of a form that came from outside, and never one that it inherits. */
export function ownField(form: object, key: string): unknown {
  return hasOwn(form, key) ? (form as Record<string, unknown>)[key] : undefined;
}
