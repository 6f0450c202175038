// What is refused, and that the refusal says where.

import { UnsupportedValueError } from '@muster/codec';
import { describe, expect, test } from 'vitest';
import { ways } from './support/ways.js';

class Unregistered {
  name = 'x';
  toJSON() {
    return 'x';
  }
}

function cycle(): object {
  const value: Record<string, unknown> = { list: [{}] };
  (value.list as Record<string, unknown>[])[0] = { back: value };
  return value;
}

function nested(levels: number, wrap: (inner: unknown) => unknown, core: unknown = 1): unknown {
  let value = core;
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}

function cyclicMap(): object {
  const map = new Map<unknown, unknown>();
  return map.set('self', [map]);
}

function cyclicError(): object {
  const error = new Error('x');
  return Object.assign(error, { context: { error } });
}

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

const resizable = () =>
  new (ArrayBuffer as new (length: number, options: object) => ArrayBuffer)(4, {
    maxByteLength: 8,
  });

const hole = (length: number, at: number) => {
  const array = new Array(length).fill(1);
  delete array[at];
  return array;
};

const with_ = <T extends object>(value: T, fields: object): T => Object.assign(value, fields);

/** What is refused, the path, and a word of the message. */
const refusals: Record<string, [value: () => unknown, path: string, word: RegExp]> = {
  'a function': [() => ({ user: { onClick() {} } }), '$.user.onClick', /function/],
  'a class': [() => [class Named {}], '$[0]', /function/],
  'a function at the top': [() => () => 1, '$', /function/],
  'a symbol': [() => ({ a: [1, Symbol('x')] }), '$.a[1]', /symbol/],
  'toJSON of a plain object': [() => ({ a: { toJSON: () => 1 } }), '$.a.toJSON', /function/],
  'an instance with toJSON': [() => ({ a: new Unregistered() }), '$.a', /instance of Unregistered/],
  'an anonymous class': [() => ({ a: new (class {})() }), '$.a', /without a name/],
  'a subclass of Map': [() => new (class Cache extends Map {})(), '$', /instance of Cache/],
  'a subclass of Array': [() => [new (class List extends Array {})()], '$[0]', /instance of List/],
  'a subclass of Date': [() => new (class Day extends Date {})(), '$', /instance of Day/],
  'a subclass of Uint8Array': [() => new (class B extends Uint8Array {})(2), '$', /instance of B/],
  'a boxed number': [() => Object(1), '$', /instance of Number/],
  'a boxed symbol': [() => Object(Symbol('x')), '$', /instance of Symbol/],
  'a Promise': [() => ({ a: Promise.resolve() }), '$.a', /instance of Promise/],
  'a WeakMap': [() => new WeakMap(), '$', /instance of WeakMap/],
  'a generator': [() => (function* () {})(), '$', /registered/],
  'what only has the prototype of a Map': [() => Object.create(Map.prototype), '$', /Map/],
  'what only has the prototype of a Date': [() => Object.create(Date.prototype), '$', /Date/],
  'what only has the prototype of a URL': [() => Object.create(URL.prototype), '$', /URL/],
  'what only has the prototype of an array': [() => Object.create(Array.prototype), '$', /Array/],
  'Object.prototype': [() => ({ a: Object.prototype }), '$.a', /instance of Object/],
  'a hole': [() => ({ a: hole(3, 1) }), '$.a[1]', /hole/],
  'a hole at the end': [() => hole(2, 1), '$[1]', /hole/],
  'a list of holes only': [() => new Array(4_000_000_000), '$[0]', /hole/],
  'a property on an array': [() => ({ a: with_([1], { total: 1 }) }), '$.a.total', /on an array/],
  'a property on an empty array': [() => with_([], { total: 1 }), '$.total', /on an array/],
  'a property on a long array': [
    () => with_(new Array(1_000).fill(0), { total: 1 }),
    '$.total',
    /on an array/,
  ],
  'a match of a RegExp': [() => ({ match: /b/.exec('abc') }), '$.match.groups', /on an array/],
  'a symbol key': [() => ({ a: { [Symbol('k')]: 1 } }), '$.a[Symbol(k)]', /symbol/],
  'a symbol key on an array': [() => with_([1], { [Symbol('k')]: 1 }), '$[Symbol(k)]', /symbol/],
  'a symbol key on an Error': [
    () => with_(new Error('x'), { [Symbol('k')]: 1 }),
    '$[Symbol(k)]',
    /symbol/,
  ],
  'a property on a Date': [() => [with_(new Date(), { zone: 'UTC' })], '$[0].zone', /on a Date/],
  'a property on an invalid Date': [
    () => with_(new Date(Number.NaN), { zone: 'UTC' }),
    '$.zone',
    /on a Date/,
  ],
  'a property on a Map': [() => with_(new Map(), { x: 1 }), '$.x', /on a Map/],
  'a property on a Set': [() => with_(new Set(), { x: 1 }), '$.x', /on a Set/],
  'a property on a URL': [() => with_(new URL('x:y'), { x: 1 }), '$.x', /on a URL/],
  'a property on a RegExp': [() => with_(/a/, { x: 1 }), '$.x', /on a RegExp/],
  'a RegExp with a lastIndex that is none': [
    () => with_(/a/, { lastIndex: Number.NaN }),
    '$',
    /lastIndex/,
  ],
  'a property on a Buffer': [() => with_(Buffer.from('x'), { x: 1 }), '$.x', /on a Buffer/],
  'a property on a large Buffer': [
    () => with_(Buffer.alloc(100_000), { x: 1 }),
    '$.x',
    /on a Buffer/,
  ],
  'a symbol on a typed array': [
    () => with_(new Int8Array(1), { [Symbol('k')]: 1 }),
    '$[Symbol(k)]',
    /symbol/,
  ],
  'a property on an ArrayBuffer': [() => with_(new ArrayBuffer(1), { x: 1 }), '$.x', /ArrayBuffer/],
  'a SharedArrayBuffer': [() => new SharedArrayBuffer(1), '$', /SharedArrayBuffer/],
  'a view of shared memory': [() => new Int8Array(new SharedArrayBuffer(1)), '$', /shared/],
  'a detached ArrayBuffer': [() => [detached()], '$[0]', /transferred/],
  'a resizable ArrayBuffer': [() => ({ a: new Uint8Array(resizable()) }), '$.a', /resizable/],
  'an own __proto__': [() => JSON.parse('{"a":[{"__proto__":1}]}'), '$.a[0].__proto__', /pollute/],
  'an own __proto__ on a rich object': [
    () => with_(JSON.parse('{"__proto__":1}'), { at: new Date() }),
    '$.__proto__',
    /pollute/,
  ],
  'an own __proto__ on an object without a prototype': [
    () => Object.defineProperty(Object.create(null), '__proto__', { value: 1, enumerable: true }),
    '$.__proto__',
    /pollute/,
  ],
  'a cycle': [cycle, '$.list[0].back', /refers back/],
  'a cycle through a Map': [cyclicMap, '$.get("self")[0]', /refers back/],
  'a cycle through an Error': [cyclicError, '$.context.error', /refers back/],
  'one level too many': [
    () => nested(501, (inner) => [inner]),
    `$${'[0]'.repeat(500)}`,
    /deeper than 500/,
  ],
  'one level too many, rich': [
    () => nested(501, (a) => ({ a }), new Date(1)),
    `$${'.a'.repeat(500)}`,
    /deeper than 500/,
  ],
  'Maps too deep': [
    () => nested(251, (inner) => new Map([['a', inner]])),
    `$${'.get("a")'.repeat(250)}`,
    /deeper than 500/,
  ],
  'rich lists of entries too deep': [
    () => nested(251, (inner) => ({ constructor: inner }), 1n),
    `$${'.constructor'.repeat(250)}`,
    /deeper than 500/,
  ],
  'a million levels': [
    () => nested(1_000_000, (a) => ({ a })),
    `$${'.a'.repeat(500)}`,
    /deeper than 500/,
  ],
  'in the key of a Map': [() => new Map([[() => 1, 1]]), '$.keys()[0]', /function/],
  'in the value of a Map by text': [
    () => new Map([['k "1"', [Symbol('x')]]]),
    '$.get("k \\"1\\"")[0]',
    /symbol/,
  ],
  'in the value of a Map by another key': [
    () => new Map([[{}, () => 1]]),
    '$.values()[0]',
    /function/,
  ],
  'in a Set': [() => ({ a: new Set([1, () => 1]) }), '$.a.values()[1]', /function/],
  'in a cause': [() => new Error('x', { cause: { fn() {} } }), '$.cause.fn', /function/],
  'in the errors of an AggregateError': [
    () => new AggregateError([1, Symbol('x')]),
    '$.errors[1]',
    /symbol/,
  ],
  'in a field of an Error': [
    () => with_(new Error('x'), { config: { retry() {} } }),
    '$.config.retry',
    /function/,
  ],
  'an Error whose message is no string': [
    () => with_(new Error('x'), { message: { text: 'x' } }),
    '$.message',
    /message of an Error/,
  ],
  'an Error whose name is no string': [
    () => with_(new Error('x'), { name: 1 }),
    '$.name',
    /name of an Error/,
  ],
  'under a key that is no identifier': [
    () => ({ 'a.b': { '': [() => 1] }, größe: 1 }),
    '$["a.b"][""][0]',
    /function/,
  ],
  'in an object without a prototype': [
    () => with_(Object.create(null), { fn() {} }),
    '$.fn',
    /function/,
  ],
  'beside something rich': [
    () => [new Date(1), { a: [undefined, () => 1] }],
    '$[1].a[1]',
    /function/,
  ],
};

for (const way of ways) {
  describe(`${way.name}: refused is`, () => {
    for (const [name, [value, path, word]] of Object.entries(refusals)) {
      test(name, () => {
        const error = refusalOf(() => way.write(value()));
        expect(error.code).toBe('MUSTER_UNSUPPORTED_VALUE');
        expect(error.path).toBe(path);
        expect(error.message).toMatch(word);
        if (path.length < 200) expect(error.message).toContain(`Unsupported value at ${path}: `);
      });
    }
  });
}

test('a refusal of something deep has the whole path, and a message that can be read', () => {
  const error = refusalOf(() => ways[0]?.write(nested(400, (a) => ({ a }), Symbol('x'))));
  expect(error.path).toBe(`$${'.a'.repeat(400)}`);
  expect(error.message.length).toBeLessThan(300);
});

test('the refusal of a detached buffer keeps the cause', () => {
  expect(refusalOf(() => ways[0]?.write(detached())).cause).toBeInstanceOf(TypeError);
});

function refusalOf(act: () => unknown): UnsupportedValueError {
  try {
    act();
  } catch (error) {
    if (error instanceof UnsupportedValueError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
