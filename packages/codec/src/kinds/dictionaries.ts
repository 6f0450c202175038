// Objects whose keys or prototype stand in superjson's way: as a list of entries.

import { visitFields } from '../properties.js';
import type { Kind } from './kind.js';

const { getPrototypeOf, hasOwn } = Object;

/** superjson refuses these keys in a rich value, though JSON carries them: `{ constructor: 'Ferrari' }`. */
export const entriesKind = dictionaryKind(
  'entries',
  Object.prototype,
  (object) => hasOwn(object, 'constructor') || hasOwn(object, 'prototype'),
);

/** Stays without a prototype: a dictionary by keys from outside must not begin to inherit `toString`. */
export const nullPrototypeKind = dictionaryKind('null-prototype', null, () => true);

function dictionaryKind(
  name: string,
  prototype: object | null,
  applies: (object: object) => boolean,
): Kind<object> {
  return {
    name,

    is: (value): value is object =>
      typeof value === 'object' &&
      value !== null &&
      getPrototypeOf(value) === prototype &&
      value !== Object.prototype &&
      applies(value),

    check(object, trail, visit) {
      trail.open(object, 2);
      visitFields(object, trail, visit);
      trail.close(object, 2);
    },

    toForm: (object) => Object.entries(object),

    fromForm(form) {
      if (!Array.isArray(form)) throw new TypeError('entries are a list');
      const object: object = Object.create(prototype);
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
    },
  };
}
