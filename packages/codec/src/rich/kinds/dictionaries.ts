// Objects whose keys or prototype stand in superjson's way: as a list of entries.

import { visitFields } from '../properties.js';
import type { Kind } from './kind.js';

const { getPrototypeOf, hasOwn } = Object;
const isEnumerable = Object.prototype.propertyIsEnumerable;

/**
 * superjson refuses the keys `constructor` and `prototype` in a rich value, though JSON carries them. A dot or a
 * backslash in a key it would have to escape in its paths, and on Node 24.21 its two `replace` calls have been seen to
 * escape a dot as a backslash, once in some ten thousand random values: what was encoded so could not be read again.
 */
export function isListOfEntries(object: object): boolean {
  if (isEnumerable.call(object, 'constructor') || isEnumerable.call(object, 'prototype'))
    return true;
  return Object.keys(object).some((key) => key.includes('.') || key.includes('\\'));
}

export const entriesKind: Kind<object> = {
  name: 'entries',
  is: (value): value is object => hasPrototype(value, Object.prototype) && isListOfEntries(value),
  toForm: (object) => Object.entries(object),
  fromForm: (form) => fromEntries(form, {}),
};

/** Stays without a prototype: a dictionary by keys from outside must not begin to inherit `toString`. */
export const nullPrototypeKind: Kind<object> = {
  name: 'null-prototype',
  is: (value): value is object => hasPrototype(value, null) && value !== Object.prototype,
  check(object, path, visit) {
    path.open(object, 2);
    visitFields(object, path, visit);
    path.close(object, 2);
  },
  toForm: (object) => Object.entries(object),
  fromForm: (form) => fromEntries(form, Object.create(null)),
};

function hasPrototype(value: unknown, prototype: object | null): value is object {
  return typeof value === 'object' && value !== null && getPrototypeOf(value) === prototype;
}

function fromEntries(form: unknown, object: object): object {
  if (!Array.isArray(form)) throw new TypeError('entries are a list');
  for (const entry of form as unknown[]) {
    const [key, value]: unknown[] = Array.isArray(entry) && entry.length === 2 ? entry : [];
    if (typeof key !== 'string' || key === '__proto__' || hasOwn(object, key)) {
      throw new TypeError('an entry is a key, given once, and a value');
    }
    Object.defineProperty(object, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return object;
}
