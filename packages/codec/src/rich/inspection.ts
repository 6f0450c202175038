// One pass over a value that is not plain: what cannot be carried is refused with its path (superjson would
// drop some of it in silence), and the objects that JSON alone does not carry are found.

import { isDate, isMap, isSet } from 'node:util/types';
import { isPlain, isPlainNumber } from '../plain/is-plain.js';
import { classOf } from './classes.js';
import { isListOfEntries } from './kinds/dictionaries.js';
import { kinds } from './kinds/index.js';
import { refuseFields, refuseNamedProperty, visitFields } from './properties.js';
import { ValuePath } from './value-path.js';

const { getPrototypeOf, hasOwn } = Object;

/**
 * The arrays and plain objects that have a rich value somewhere in them. Any other array or plain object of
 * the value is plain.
 *
 * @throws UnsupportedValueError where a part of the value would not come back as it went.
 */
export function inspect(value: unknown): ReadonlySet<object> {
  const rich = new Set<object>();

  /** Refuses what cannot be carried. True if JSON alone carries it. */
  function visit(part: unknown, path: ValuePath): boolean {
    switch (typeof part) {
      case 'string':
      case 'boolean':
        return true;
      case 'number':
        return isPlainNumber(part);
      case 'object':
        return part === null || visitObject(part, path);
      case 'function':
        return path.refuse(
          'a function cannot be carried; leave it out, or send the name of what to call',
        );
      case 'symbol':
        return path.refuse('a symbol cannot be carried; send a string');
      default:
        return false;
    }
  }

  function visitObject(object: object, path: ValuePath): boolean {
    const prototype = getPrototypeOf(object);
    if (prototype === Array.prototype && Array.isArray(object)) return visitArray(object, path);
    if (prototype === Object.prototype) return visitPlainObject(object, path);
    const kind = kinds.find((candidate) => candidate.is(object));
    if (kind) kind.check?.(object, path, visit);
    else if (classOf(object)) visitInstance(object, path);
    else if (prototype === Map.prototype && isMap(object)) visitMap(object, path);
    else if (prototype === Set.prototype && isSet(object)) visitSet(object, path);
    else if (prototype === Date.prototype && isDate(object)) refuseFields(object, 'a Date', path);
    else if (prototype === URL.prototype && isUrl(object)) refuseFields(object, 'a URL', path);
    else {
      path.refuse(
        `an instance of ${nameOf(object)} that is not registered; send plain data, or see registerClass()`,
      );
    }
    return false;
  }

  function visitArray(array: readonly unknown[], path: ValuePath): boolean {
    let plain = true;
    path.open(array, 1);
    for (let index = 0; index < array.length; index++) {
      path.push(index);
      if (!hasOwn(array, index)) {
        path.refuse('a hole in an array is not carried; put undefined or null there');
      }
      if (!visit(array[index], path)) plain = false;
      path.pop();
    }
    path.close(array, 1);
    refuseNamedProperty(array, 'an array', path);
    if (!plain) rich.add(array);
    return plain;
  }

  function visitPlainObject(object: object, path: ValuePath): boolean {
    const levels = isListOfEntries(object) ? 2 : 1;
    path.open(object, levels);
    const plain = visitFields(object, path, visit);
    path.close(object, levels);
    if (!plain) rich.add(object);
    return plain;
  }

  function visitMap(map: Map<unknown, unknown>, path: ValuePath): void {
    refuseFields(map, 'a Map', path);
    path.open(map, 2);
    let index = 0;
    for (const [key, value] of map) {
      path.push({ text: `.keys()[${index}]` });
      visit(key, path);
      path.pop();
      const text = typeof key === 'string' ? `.get(${JSON.stringify(key)})` : `.values()[${index}]`;
      path.push({ text });
      visit(value, path);
      path.pop();
      index++;
    }
    path.close(map, 2);
  }

  function visitSet(set: Set<unknown>, path: ValuePath): void {
    refuseFields(set, 'a Set', path);
    path.open(set, 1);
    let index = 0;
    for (const value of set) {
      path.push({ text: `.values()[${index++}]` });
      visit(value, path);
      path.pop();
    }
    path.close(set, 1);
  }

  function visitInstance(instance: object, path: ValuePath): void {
    const { name, toPlain } = classOf(instance) ?? {};
    path.open(instance, 1);
    if (toPlain) {
      let plain: unknown;
      try {
        plain = toPlain(instance);
      } catch (cause) {
        path.refuse(`toPlain of the class ${name} threw; see the cause`, { cause });
      }
      visit(plain, path);
      if (!isPlain(plain)) {
        path.refuse(
          `toPlain of the class ${name} gave a value that plain JSON does not carry exactly`,
        );
      }
    } else {
      for (const step of ['constructor', 'prototype']) {
        if (hasOwn(instance, step)) {
          path.refuse('an instance is not carried with a field of this name; rename it', { step });
        }
      }
      visitFields(instance, path, visit);
    }
    path.close(instance, 1);
  }

  visit(value, new ValuePath());
  return rich;
}

/** `Object.create(URL.prototype)` has the prototype, and throws when it is read. */
function isUrl(object: object): boolean {
  try {
    return typeof (object as URL).href === 'string';
  } catch {
    return false;
  }
}

function nameOf(object: object): string {
  const { constructor: Class } = object;
  return (typeof Class === 'function' && Class.name) || 'a class without a name';
}
