// What comes back as it went, one value at a time. The random ones are in properties.test.ts.

import { decode, encode, toWire } from '@muster/codec';
import { describe, expect, test } from 'vitest';
import { expectSame } from './support/same.js';
import { ways } from './support/ways.js';

class HttpError extends Error {
  readonly code = 'E_HTTP';
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
  }
}

/** As old libraries write them: no class, and no Error within. */
function LegacyError(this: Error, message: string) {
  this.message = message;
}
LegacyError.prototype = Object.create(Error.prototype, {
  name: { value: 'LegacyError' },
  constructor: { value: LegacyError },
});

class CodeOnPrototype extends TypeError {}
Object.defineProperty(CodeOnPrototype.prototype, 'code', { value: 'E_PROTOTYPE' });

const shared = { at: new Date(1), tags: ['a'] };
const memory = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
const executed = /b/g.exec('abc') as RegExpExecArray;

function asError(error: Error, fields: object = {}): Error {
  return Object.assign(error, fields);
}

const values: Record<string, unknown> = {
  null: null,
  'a string': 'Ada',
  'a string that looks rich': '~{"json":1,"meta":{"v":1}}',
  'lone surrogates, as a value and a key': { 'k\udc00': '\ud800', pair: '😀' },
  'line separators and control characters': '\u2028\u2029\u0000\u001b"\\/\n',
  undefined: undefined,
  'undefined in an object': { a: undefined, b: 1 },
  'undefined in an array': [undefined, 1, undefined],
  NaN: Number.NaN,
  Infinity: [Number.POSITIVE_INFINITY, { minus: Number.NEGATIVE_INFINITY }],
  'minus zero': [0, -0, { zero: -0 }],
  'extreme numbers': [Number.MAX_VALUE, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER, 1e21, 0.1],
  'a BigInt': [0n, -1n, 2n ** 64n],
  'a BigInt of 1,000 digits and one more': [10n ** 999n, -(10n ** 1_000n), 2n ** 3322n],
  'a large BigInt': [2n ** 100_000n + 1n, -(2n ** 100_000n)],
  'a Date': new Date('2026-01-02T03:04:05.678Z'),
  'the first and the last Date': [new Date(-8.64e15), new Date(8.64e15)],
  'an invalid Date': { at: new Date(Number.NaN) },
  'a Map': new Map<unknown, unknown>([
    ['text', 1],
    [1, 'number'],
    [Number.NaN, undefined],
    [null, new Date(0)],
    [{ key: 'object' }, new Map([[new Set([1]), 1n]])],
  ]),
  'a Map with equal keys of different types': new Map<unknown, unknown>([
    ['1', 1],
    [1, 2],
    [1n, 3],
  ]),
  'a Set': new Set<unknown>(['1', 1, 1n, undefined, null, Number.NaN, { a: 1 }, [new Date(1)]]),
  'an empty Map and an empty Set': [new Map(), new Set()],
  'a URL': new URL('https://user:pass@example.org:8080/a%20b?q=ä#hash'),
  'a RegExp': [/a\/b[\]/]\n/giu, /(?:)/, /\n/],
  'a RegExp that goes on': Object.assign(/a/g, { lastIndex: 3 }),
  'an Error': new Error('boom'),
  'an Error without a message': new Error(),
  'an Error with a cause, and one with undefined for it': [
    new Error('outer', { cause: new TypeError('inner', { cause: { at: new Date(1) } }) }),
    new Error('none', { cause: undefined }),
  ],
  'built-in errors': [
    new TypeError('t'),
    new RangeError('r'),
    new SyntaxError('s'),
    new ReferenceError('f'),
    new EvalError('e'),
    new URIError('u'),
  ],
  'an AggregateError': new AggregateError([new Error('a'), 'b', new Map()], 'all failed'),
  'a DOMException': new DOMException('The operation was aborted', 'AbortError'),
  'an Error with fields': asError(new RangeError('r'), {
    code: 'ERR_X',
    errno: -2,
    detail: { at: new Date(1), size: 1n },
    errors: [{ path: 'a', message: 'required' }],
    constructor: 'hidden',
    toString: undefined,
  }),
  'an Error whose standard fields are enumerable, and in another order': asError(
    new Error('x', { cause: 1 }),
    { first: 1n, cause: 2n, name: 'Late', stack: 'a text', message: 'm', errors: [] },
  ),
  'an Error of Node': (() => {
    try {
      return new URL('no url');
    } catch (error) {
      return error;
    }
  })(),
  'a Buffer': Buffer.from('héllo'),
  'an empty Buffer': Buffer.alloc(0),
  'every typed array': [
    new Int8Array([-1]),
    new Uint8Array([255]),
    new Uint8ClampedArray([255]),
    new Int16Array([-1, 1]),
    new Uint16Array([65535]),
    new Int32Array([-1]),
    new Uint32Array([2 ** 32 - 1]),
    new Float32Array([1.5, Number.NaN]),
    new Float64Array([-0, Number.POSITIVE_INFINITY]),
    new BigInt64Array([-1n]),
    new BigUint64Array([2n ** 64n - 1n]),
  ],
  'an ArrayBuffer': memory,
  'views of a part of memory': [
    new Uint8Array(memory, 2, 3),
    new Uint16Array(memory, 2, 2),
    new DataView(memory, 1, 4),
  ],
  'an object without a prototype': Object.assign(Object.create(null), {
    toString: 'shadow',
    constructor: 1,
    nested: Object.create(null),
    at: new Date(1),
  }),
  'keys that superjson refuses, in a plain value': { constructor: { prototype: 1 } },
  'keys that superjson refuses, in a rich value': {
    constructor: { prototype: new Date(1) },
    prototype: [undefined],
  },
  'keys that mean something in a path': {
    '': { '': new Date(1), '.': 1n },
    'a.b': { 'c\\d': new Date(2), '\\': 1n, '\\.': 2n, '.': undefined },
    a: { b: { 'c\\d': 'plain' }, 'b.': -0 },
    '0': [new Set([{ '1.2': new Date(3) }])],
  },
  'keys that name what objects inherit': { toString: 1n, hasOwnProperty: 2n, valueOf: undefined },
  'plain objects that look like a wire form': [
    { json: 1, meta: { values: ['Date'], v: 1 } },
    { json: new Date(1), meta: undefined },
  ],
  'a plain part in every sort of container': [
    new Map([[{ a: [1] }, { b: [2] }]]),
    new Set([{ c: [3] }]),
    { d: [4], at: new Date(1), e: { f: [[]] } },
    asError(new Error('x'), { g: { h: [5] } }),
  ],
  'long lists': [
    Array.from({ length: 1_000 }, (_, index) => index),
    [...Array.from({ length: 1_000 }, (_, index) => `${index}`), new Date(1)],
  ],
  'a part of a match': [...executed],
};

for (const way of ways) {
  describe(way.name, () => {
    for (const [name, value] of Object.entries(values)) {
      test(name, () => expectSame(way.read(way.write(value)), value));
    }

    test('a plain object that looks like a rich one at the top', () => {
      const value = { json: null, meta: { values: ['undefined'], v: 1 } };
      expectSame(way.read(way.write(value)), value);
    });

    test('a shared reference becomes equal values of their own, plain or rich', () => {
      const plain = { a: 1 };
      const [first, second] = way.read(way.write([plain, plain])) as object[];
      expect(first).not.toBe(second);
      const value = [shared, shared, new Set([shared, 1, shared.at])];
      const back = way.read(way.write(value)) as object[];
      expectSame(back, value);
      expect(back[0]).not.toBe(back[1]);
    });

    test('what is not enumerable is not a part of the value', () => {
      const plain = Object.defineProperties(
        { a: 1 },
        { hidden: { value: () => 1 }, [Symbol('hidden')]: { value: 2 } },
      );
      expectSame(way.read(way.write(plain)), { a: 1 });
      const rich = Object.defineProperty({ at: new Date(1) }, 'constructor', { value: 1 });
      expectSame(way.read(way.write(rich)), { at: new Date(1) });
    });

    test('an accessor is carried as what it gives', () => {
      const value = {
        get now() {
          return new Date(1);
        },
        get plain() {
          return 1;
        },
      };
      expectSame(way.read(way.write(value)), { now: new Date(1), plain: 1 });
      expectSame(way.read(way.write({ plain: value.plain })), { plain: 1 });
    });

    test('up to 500 levels deep, plain and rich', () => {
      const nest = (levels: number, core: unknown) => {
        let value = core;
        for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { a: value };
        return value;
      };
      for (const core of [1, new Date(1)]) {
        expectSame(way.read(way.write(nest(500, core))), nest(500, core));
      }
    });

    test('Maps, Sets and causes within each other as deep as the limit allows', () => {
      let maps: unknown = 1;
      for (let level = 0; level < 250; level++) maps = new Map([['a', maps]]);
      let sets: unknown = 1;
      for (let level = 0; level < 500; level++) sets = new Set([sets]);
      let causes: unknown = 1;
      for (let level = 0; level < 500; level++) causes = new Error('x', { cause: causes });
      let lists: unknown = 1n;
      for (let level = 0; level < 250; level++) lists = { constructor: lists };
      for (const value of [maps, sets, causes, lists])
        expectSame(way.read(way.write(value)), value);
    });
  });
}

describe('an Error', () => {
  for (const way of ways) {
    const carry = (error: Error) => way.read(way.write(error)) as Error & Record<string, unknown>;

    test(`of a class that is not registered is the nearest built-in, with its name (${way.name})`, () => {
      const error = new HttpError('not found', 404);
      const back = carry(error);
      expect(Object.getPrototypeOf(back)).toBe(Error.prototype);
      expect(back).toMatchObject({ name: 'HttpError', message: 'not found', code: 'E_HTTP' });
      expect(back.status).toBe(404);
      expect(back.stack).toBe(error.stack);
    });

    test(`keeps a code that its class has on the prototype (${way.name})`, () => {
      const back = carry(new CodeOnPrototype('x'));
      expect(back).toBeInstanceOf(TypeError);
      expect(back.code).toBe('E_PROTOTYPE');
    });

    test(`of the old sort, without a class, is carried too (${way.name})`, () => {
      const back = carry(Reflect.construct(LegacyError, ['old']) as Error);
      expect(back).toBeInstanceOf(Error);
      expect(back).toMatchObject({ name: 'LegacyError', message: 'old', stack: undefined });
    });

    test(`has the stack of where it was made, and no other (${way.name})`, () => {
      const error = new Error('x');
      error.stack = 'Error: x\n    at elsewhere (worker.js:1:1)';
      expect(carry(error).stack).toBe(error.stack);
      Object.defineProperty(error, 'stack', { value: [{ frame: 1 }] });
      expect(carry(error).stack).toBeUndefined();
    });

    test(`keeps apart what is enumerable and what is not (${way.name})`, () => {
      const error = asError(new Error('x', { cause: 1 }), { errors: [1] });
      const back = carry(error);
      expect(Object.keys(back)).toEqual(['errors']);
      expect(back.cause).toBe(1);
      expect(way.write(error).split('errors').length).toBe(2);
    });
  }
});

describe('the text', () => {
  test('of a plain value is its JSON, and nothing else', () => {
    const value = { visits: 3, user: { name: 'Ada', tags: ['a', null, true] }, constructor: 1 };
    expect(encode(value)).toBe(JSON.stringify(value));
    expect(encode([])).toBe('[]');
    expect(encode('~')).toBe('"~"');
  });

  test('of a rich value is ~ and superjson, readable', () => {
    const value = { name: 'Ada', at: new Date(0), seen: new Set([1]) };
    expect(encode(value)).toBe(
      '~{"json":{"name":"Ada","at":"1970-01-01T00:00:00.000Z","seen":[1]},' +
        '"meta":{"values":{"at":["Date"],"seen":["set"]},"v":1}}',
    );
  });

  test('has bytes as base64', () => {
    expect(encode(Buffer.from('hello'))).toContain('"aGVsbG8="');
    expect(encode(new Uint8Array(30_000)).length).toBeLessThan(41_000);
  });

  test('is decoded each time to a new value', () => {
    const text = encode({ at: new Date(1), list: [1] });
    expect(decode(text)).not.toBe(decode(text));
    expectSame(decode(text), decode(text));
  });
});

describe('the wire form', () => {
  test('of a plain value is the value itself, not a copy', () => {
    const value = { a: [1, { b: 'c' }] };
    expect(toWire(value)).toBe(value);
  });

  test('of a rich value is made of plain data only, with plain parts that are not copied', () => {
    const part = { b: [1, 2] };
    const form = toWire({ part, at: new Date(0) });
    expect(form).toStrictEqual({
      json: { part, at: '1970-01-01T00:00:00.000Z' },
      meta: { values: { at: ['Date'] }, v: 1 },
    });
    expect((form as { json: { part: object } }).json.part).toBe(part);
  });
});
