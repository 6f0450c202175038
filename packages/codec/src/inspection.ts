// One pass over a value that is not plain: what cannot be carried is refused with its path (superjson would
// drop some of it in silence), and the objects that JSON alone does not carry are found.

import { isDate, isMap, isSet } from 'node:util/types';
import { classOf } from './classes.js';
import { isListOfEntries } from './kinds/dictionaries.js';
import { kinds } from './kinds/index.js';
import { isPlain, isPlainNumber } from './plain.js';
import { refuseFields, refuseNamedProperty, visitFields } from './properties.js';
import { Trail } from './trail.js';

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
  function visit(part: unknown, trail: Trail): boolean {
    switch (typeof part) {
      case 'string':
      case 'boolean':
        return true;
      case 'number':
        return isPlainNumber(part);
      case 'object':
        return part === null || visitObject(part, trail);
      case 'function':
        return trail.refuse(
          'a function cannot be carried; leave it out, or send the name of what to call',
        );
      case 'symbol':
        return trail.refuse('a symbol cannot be carried; send a string');
      default:
        return false;
    }
  }

  function visitObject(object: object, trail: Trail): boolean {
    const prototype = getPrototypeOf(object);
    if (prototype === Array.prototype && Array.isArray(object)) return visitArray(object, trail);
    if (prototype === Object.prototype) return visitPlainObject(object, trail);
    const kind = kinds.find((candidate) => candidate.is(object));
    if (kind) kind.check?.(object, trail, visit);
    else if (classOf(object)) visitInstance(object, trail);
    else if (prototype === Map.prototype && isMap(object)) visitMap(object, trail);
    else if (prototype === Set.prototype && isSet(object)) visitSet(object, trail);
    else if (prototype === Date.prototype && isDate(object)) refuseFields(object, 'a Date', trail);
    else if (prototype === URL.prototype && isUrl(object)) refuseFields(object, 'a URL', trail);
    else {
      trail.refuse(
        `an instance of ${nameOf(object)} that is not registered; send plain data, or see registerClass()`,
      );
    }
    return false;
  }

  function visitArray(array: readonly unknown[], trail: Trail): boolean {
    let plain = true;
    trail.open(array, 1);
    for (let index = 0; index < array.length; index++) {
      trail.push(index);
      if (!hasOwn(array, index)) {
        trail.refuse('a hole in an array is not carried; put undefined or null there');
      }
      if (!visit(array[index], trail)) plain = false;
      trail.pop();
    }
    trail.close(array, 1);
    refuseNamedProperty(array, 'an array', trail);
    if (!plain) rich.add(array);
    return plain;
  }

  function visitPlainObject(object: object, trail: Trail): boolean {
    const levels = isListOfEntries(object) ? 2 : 1;
    trail.open(object, levels);
    const plain = visitFields(object, trail, visit);
    trail.close(object, levels);
    if (!plain) rich.add(object);
    return plain;
  }

  function visitMap(map: Map<unknown, unknown>, trail: Trail): void {
    refuseFields(map, 'a Map', trail);
    trail.open(map, 2);
    let index = 0;
    for (const [key, value] of map) {
      trail.push({ text: `.keys()[${index}]` });
      visit(key, trail);
      trail.pop();
      const text = typeof key === 'string' ? `.get(${JSON.stringify(key)})` : `.values()[${index}]`;
      trail.push({ text });
      visit(value, trail);
      trail.pop();
      index++;
    }
    trail.close(map, 2);
  }

  function visitSet(set: Set<unknown>, trail: Trail): void {
    refuseFields(set, 'a Set', trail);
    trail.open(set, 1);
    let index = 0;
    for (const value of set) {
      trail.push({ text: `.values()[${index++}]` });
      visit(value, trail);
      trail.pop();
    }
    trail.close(set, 1);
  }

  function visitInstance(instance: object, trail: Trail): void {
    const { name, toPlain } = classOf(instance) ?? {};
    trail.open(instance, 1);
    if (toPlain) {
      let plain: unknown;
      try {
        plain = toPlain(instance);
      } catch (cause) {
        trail.refuse(`toPlain of the class ${name} threw; see the cause`, { cause });
      }
      visit(plain, trail);
      if (!isPlain(plain)) {
        trail.refuse(
          `toPlain of the class ${name} gave a value that plain JSON does not carry exactly`,
        );
      }
    } else {
      for (const step of ['constructor', 'prototype']) {
        if (hasOwn(instance, step)) {
          trail.refuse('an instance is not carried with a field of this name; rename it', { step });
        }
      }
      visitFields(instance, trail, visit);
    }
    trail.close(instance, 1);
  }

  visit(value, new Trail());
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
