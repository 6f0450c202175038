// Texts and wire forms that nobody encoded: each gives a value or a CorruptValueError, and touches nothing.
// The random ones are in properties.test.ts.

import { CorruptValueError, decode, encode, fromWire, registerClass } from '@muster/codec';
import { afterEach, describe, expect, test } from 'vitest';
import { isPolluted } from './support/pollution.js';
import { expectSame } from './support/same.js';

class Account {
  admin = false;
}
registerClass(Account);

afterEach(() => expect(isPolluted()).toBe(false));

const rich = (json: unknown, values: unknown, meta: object = { v: 1 }) => ({
  json,
  meta: { values, ...meta },
});

/** As a text and as a wire form, each from a text of its own, because JSON knows an own `__proto__`. */
function readBoth(form: string): (() => unknown)[] {
  return [() => decode(`~${form}`), () => fromWire(JSON.parse(form))];
}

function expectCorrupt(form: unknown, word?: RegExp): void {
  for (const read of readBoth(typeof form === 'string' ? form : JSON.stringify(form))) {
    expect(read).toThrow(CorruptValueError);
    if (word) expect(read).toThrow(word);
  }
}

describe('a text that is cut off or no JSON', () => {
  const text = encode({ at: new Date(1), map: new Map([['a', 1n]]), list: [1, 'x'] });

  test('at any place', () => {
    for (let length = 0; length < text.length; length++) {
      expect(() => decode(text.slice(0, length))).toThrow(CorruptValueError);
    }
  });

  test.each(['', ' ', '~', '~~', '~null', '~1', '~[]', '~{}', '~{"json":1}', '~{"meta":{"v":1}}'])(
    '%j',
    (other) => expect(() => decode(other)).toThrow(CorruptValueError),
  );

  test.each(['undefined', 'NaN', "{'a':1}", '{"a":1,}', '[1]]', '\u0000', '\ufeff1'])(
    '%j',
    (other) => expect(() => decode(other)).toThrow(CorruptValueError),
  );

  test('not a text at all', () => {
    for (const other of [undefined, null, 1, {}, Buffer.from('1')]) {
      expect(() => decode(other as unknown as string)).toThrow(CorruptValueError);
    }
    expect(() => fromWire(undefined)).toThrow(CorruptValueError);
  });
});

describe('__proto__', () => {
  const plain = [
    '{"__proto__":{"polluted":1}}',
    '{"a":[{"b":{"__proto__":null}}]}',
    '[[],{"__proto__":1}]',
    '{"\\u005f_proto__":{"polluted":1}}',
    '{"__prot\\u006f__":{"polluted":1}}',
    '{"\\u005F\\u005f\\u0070\\u0072\\u006F\\u0074\\u006f\\u005f\\u005f":{"polluted":1}}',
  ];

  test.each(plain)('as a key is corrupt: %s', (text) => {
    expect(() => decode(text)).toThrow(/__proto__/);
    expect(() => decode(text)).toThrow(CorruptValueError);
    expect(() => fromWire(JSON.parse(text))).toThrow(CorruptValueError);
  });

  test.each(plain)('as a key in a rich form is corrupt: %s', (text) => {
    expectCorrupt(`{"json":${text},"meta":{"v":1}}`, /__proto__/);
    expectCorrupt(`{"json":{},"meta":{"values":${text},"v":1}}`, /__proto__/);
  });

  test('as an entry is corrupt', () => {
    for (const kind of ['entries', 'null-prototype']) {
      expectCorrupt(rich([['__proto__', { polluted: 1 }]], [['custom', kind]]));
    }
  });

  test.each([
    '__proto__.polluted',
    '__proto__',
    'constructor.prototype.polluted',
    'a.__proto__.polluted',
    'a.constructor',
    'toString',
    'list.constructor.prototype',
    'list.length',
    'list.push',
  ])('and other ways out of the value are corrupt as a path: %s', (path) => {
    expectCorrupt(rich({ a: {}, list: ['x'] }, { [path]: ['undefined'] }));
    expectCorrupt(`{"json":{"a":{}},"meta":{"values":{"${path}":["set"]},"v":1}}`);
  });

  test('in a string is only a string', () => {
    for (const value of ['__proto__', { a: 'my __proto__ text' }, ['\u0000__proto__']]) {
      expectSame(decode(encode(value)), value);
    }
    expectSame(decode(encode(new Map([['__proto__', 1]]))), new Map([['__proto__', 1]]));
  });
});

describe('a number that is none', () => {
  const long = '9'.repeat(310);
  const around = 'x'.repeat(150);

  test.each([
    '1e999',
    '-1e999',
    '{"a":1e309}',
    '[1,[{"a":-1E+400}]]',
    `[${'9'.repeat(210)}e99]`,
    `{"text":"${around}","n":${long}}`,
    `[-${long}.5,"${around}"]`,
  ])('is corrupt: %s', (text) => {
    expect(() => decode(text)).toThrow(CorruptValueError);
    expect(() => fromWire(JSON.parse(text))).toThrow(CorruptValueError);
    expectCorrupt(`{"json":${text},"meta":{"v":1}}`);
  });

  test.each(['[1.7976931348623157e+308]', '[5e-324]', `["${long}"]`, '["1e999"]', '{"1e999":1}'])(
    'is not: %s',
    (text) => expectSame(decode(text), JSON.parse(text)),
  );
});

describe('keys that name a constructor or prototype', () => {
  test('are fields of the value alone', () => {
    const text = '{"constructor":{"prototype":{"polluted":1}}}';
    expectSame(decode(text), JSON.parse(text));
    const back = decode(`~{"json":${text},"meta":{"v":1}}`);
    expect(Object.hasOwn(back as object, 'constructor')).toBe(true);
  });
});

describe('nesting without end', () => {
  const levels = 200_000;
  const deep: Record<string, string> = {
    arrays: '['.repeat(levels) + ']'.repeat(levels),
    objects: `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`,
  };

  for (const [name, tree] of Object.entries(deep)) {
    test(`of ${name} is a value or corrupt`, () => {
      expect(valueOrCorrupt(() => decode(tree))).toBe('value');
      expect(valueOrCorrupt(() => decode(tree.replace('1', '"__proto__"')))).toMatch(
        /value|corrupt/,
      );
      expect(valueOrCorrupt(() => fromWire(JSON.parse(tree)))).toBe('corrupt');
    });

    test(`of ${name} in a rich form is corrupt`, () => {
      expectCorrupt(`{"json":${tree},"meta":{"v":1}}`, /nested deeper/);
      expectCorrupt(`{"json":[],"meta":{"values":${tree},"v":1}}`, /nested deeper/);
    });
  }

  test('of a path is corrupt', () => {
    expectCorrupt(rich({ a: {} }, { ['a.'.repeat(levels)]: ['Date'] }));
  });

  test('of annotations is corrupt', () => {
    const values = `${'["set",{"0":'.repeat(levels)}["set"]${'}]'.repeat(levels)}`;
    expectCorrupt(`{"json":[],"meta":{"values":${values},"v":1}}`);
  });
});

describe('a meta that nobody wrote', () => {
  const forms: Record<string, unknown> = {
    'no object': { json: 1, meta: 1 },
    null: { json: 1, meta: null },
    'a list': { json: 1, meta: [] },
    'of no version': { json: 1, meta: {} },
    "of superjson's old version": rich('1', ['bigint'], { v: 0 }),
    'of another version': rich('1', ['bigint'], { v: 2 }),
    'with shared references': rich([[], null], undefined, {
      v: 1,
      referentialEqualities: { '0': ['1'] },
    }),
    'with something else': rich(1, undefined, { v: 1, more: 1 }),
    'with values that are text': rich(1, 'Date'),
    'with values that are null': rich(1, null),
    'with an empty annotation': rich(1, []),
    'with an annotation of three': rich('1', ['bigint', {}, {}]),
    'with parts that are a list': rich([[1]], ['set', []]),
    'with an annotation that is text': rich({ a: '1' }, { a: 'bigint' }),
    'with an annotation that is an object': rich({ a: { b: '1' } }, { a: { b: ['bigint'] } }),
    'with an unknown type': rich('x', ['Promise']),
    'with a type that objects inherit': rich('x', ['constructor']),
    'with a type that is null': rich('x', [null]),
    'with a symbol': rich('x', [['symbol', 'x']]),
    'with an unknown kind': rich('x', [['custom', 'constructor']]),
    'with a kind that objects inherit': rich('x', [['custom', 'toString']]),
    'with a kind that is no text': rich('x', [['custom', ['bytes']]]),
    'with a type of three': rich([], [['custom', 'bytes', 1]]),
    "with superjson's typed array, which allocates": rich(2 ** 32, [['typed-array', 'Uint8Array']]),
    "with superjson's Error": rich({ message: 'x' }, ['Error']),
    "with superjson's regexp": rich('/a/', ['regexp']),
    'with a path to nowhere': rich({ a: 1 }, { b: ['undefined'] }),
    'with a path through a text': rich({ a: 'text' }, { 'a.length': ['undefined'] }),
    'with a path beyond a list, to make it huge': rich([], {
      '4294967294': [['custom', 'InvalidDate']],
    }),
    'with a path to what objects inherit': rich({}, { toString: [['custom', 'InvalidDate']] }),
    'with a path beyond a list': rich(['1'], { '4294967294': ['bigint'] }),
    'with an index written in another way': rich(['1'], { '00': ['bigint'], '0': ['bigint'] }),
    'with an index in hexadecimal': rich(['1', '1'], { '0x1': ['bigint'] }),
    'with an empty index': rich(['1'], { '': ['bigint'] }),
    'with an escape that is none': rich({ 'a\\x': '1' }, { 'a\\x': ['bigint'] }),
    'with an escape that is cut off': rich({ 'a\\': '1' }, { 'a\\': ['bigint'] }),
    'with a path through a Set': rich({ a: [['1']] }, { a: ['set'], 'a.0.0': ['bigint'] }),
    'with a path through a Set, before it': rich(
      { a: [['1']] },
      { 'a.0.0': ['bigint'], a: ['set'] },
    ),
    'with the same part twice': rich({ a: { b: [] } }, { 'a.b': ['set'], a: ['map'] }),
  };

  for (const [name, form] of Object.entries(forms)) {
    test(name, () => expectCorrupt(form));
  }
});

describe('a part that is not in the form of its type', () => {
  const other = [null, true, 1, '', 'x', [], [1], {}, { length: 5 }, [[], []], [['a']]];
  const types: Record<string, [type: unknown, fits: unknown[]]> = {
    undefined: ['undefined', [null]],
    bigint: ['bigint', []],
    number: ['number', []],
    Date: ['Date', []],
    URL: ['URL', []],
    map: ['map', [[], [[], []]]],
    set: ['set', [[], [1], [[], []], [['a']]]],
    bytes: [['custom', 'bytes'], []],
    'an invalid Date': [['custom', 'InvalidDate'], [null]],
    Error: [['custom', 'Error'], []],
    RegExp: [['custom', 'RegExp'], []],
    'a large BigInt': [['custom', 'BigInt'], []],
    entries: [['custom', 'entries'], [[]]],
    'null-prototype': [['custom', 'null-prototype'], [[]]],
    'a class': [
      ['class', 'Account'],
      [{}, { length: 5 }],
    ],
  };

  for (const [name, [type, fits]] of Object.entries(types)) {
    test(name, () => {
      for (const json of other) {
        const read = () => decode(`~${JSON.stringify(rich(json, [type]))}`);
        const fit = fits.some((candidate) => JSON.stringify(candidate) === JSON.stringify(json));
        // An empty entry of a Map is no entry.
        const expected = fit && !(type === 'map' && json?.toString() === ',') ? 'value' : 'corrupt';
        expect([json, valueOrCorrupt(read)]).toEqual([json, expected]);
      }
    });
  }

  test.each([
    [
      ['custom', 'bytes'],
      ['Buffer', '****'],
    ],
    [
      ['custom', 'bytes'],
      ['Buffer', 'YQ'],
    ],
    [
      ['custom', 'bytes'],
      ['Buffer', 'YQ==', 1],
    ],
    [
      ['custom', 'bytes'],
      ['Float64Array', 'YQ=='],
    ],
    [
      ['custom', 'bytes'],
      ['Function', 'YQ=='],
    ],
    [
      ['custom', 'bytes'],
      ['constructor', 'YQ=='],
    ],
    [
      ['custom', 'bytes'],
      ['Uint8Array', 4294967296],
    ],
    [
      ['custom', 'bytes'],
      [4294967296, ''],
    ],
    [
      ['custom', 'RegExp'],
      ['(', '', 0],
    ],
    [
      ['custom', 'RegExp'],
      ['('.repeat(100_000), '', 0],
    ],
    [
      ['custom', 'RegExp'],
      ['a', 'gg', 0],
    ],
    [
      ['custom', 'RegExp'],
      ['a', 'g', 'x'],
    ],
    [['custom', 'BigInt'], '0x10'],
    [['custom', 'BigInt'], '-'],
    [['custom', 'Error'], { type: 'Function', name: 'x', message: 'alert(1)' }],
    [['custom', 'Error'], { type: 'toString', name: 'x', message: 'x' }],
    [['custom', 'Error'], { type: 'Error', name: {}, message: 'x' }],
    [['custom', 'Error'], { type: 'Error', name: 'x' }],
    [['custom', 'Error'], { type: 'Error', name: 'x', message: 'x', stack: {} }],
    [['custom', 'Error'], { type: 'Error', name: 'x', message: 'x', class: 'Account' }],
    [['custom', 'Error'], { type: 'Error', name: 'x', message: 'x', class: {} }],
    [['custom', 'entries'], [['a', 1, 2]]],
    [['custom', 'entries'], [['a']]],
    [['custom', 'entries'], [[1, 1]]],
    [
      ['custom', 'entries'],
      [
        ['a', 1],
        ['a', 2],
      ],
    ],
    ['bigint', '0x10'],
    ['bigint', '1'.repeat(2_000)],
    ['number', '1e9'],
    ['URL', 'not a url'],
    ['Date', 'tomorrow'],
  ])('%j of %j', (type, json) => expectCorrupt(rich(json, [type])));

  test('a part of it that was made into something else', () => {
    const bytes = rich(['Buffer', 'YQ=='], [['custom', 'bytes'], { '1': ['undefined'] }]);
    expectCorrupt(bytes);
    expectCorrupt(rich(['Buffer', ['YQ==']], [['custom', 'bytes'], { '1': ['set'] }]));
    const error = { type: 'Error', name: 'x', message: null };
    expectCorrupt(rich(error, [['custom', 'Error'], { message: ['undefined'] }]));
  });

  test('fields of an Error are its own', () => {
    const json = {
      type: 'Error',
      name: 'x',
      message: 'm',
      fields: { toString: 'shadow', constructor: { prototype: { polluted: 1 } } },
    };
    const back = decode(`~${JSON.stringify(rich(json, [['custom', 'Error']]))}`) as Error;
    expect(Object.getPrototypeOf(back)).toBe(Error.prototype);
    expect(Object.hasOwn(back, 'toString')).toBe(true);
  });
});

describe('work without end', () => {
  const count = 30_000;
  const list = new Array(count).fill('1');

  test('a flat list of paths through a Set, each of which would be counted from its start', () => {
    const paths = Object.fromEntries(list.map((_, index) => [`s.${index}`, ['bigint']]));
    expectQuick(() => expectCorrupt(rich({ s: list }, { s: ['set'], ...paths })));
  });

  test('many digits', () => {
    expectQuick(() => {
      expectCorrupt(rich('9'.repeat(5_000_000), ['bigint']));
      const hexadecimal = rich('9'.repeat(5_000_000), [['custom', 'BigInt']]);
      expect(typeof decode(`~${JSON.stringify(hexadecimal)}`)).toBe('bigint');
    });
  });

  test('many annotations that are right', () => {
    const value = list.map((_, index) => new Set([BigInt(index)]));
    const text = encode({ value });
    expectQuick(() => expectSame(decode(text), { value }));
  });

  /** Generous: what is meant is seconds where it would be minutes. Of work, since a busy machine takes longer for it. */
  function expectQuick(act: () => void): void {
    const start = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(20);
  }
});

test('a wire form that is plain may be anything JSON is', () => {
  for (const value of [
    null,
    0,
    '',
    false,
    [],
    {},
    { json: 1 },
    { meta: {} },
    [{ json: 1, meta: 1 }],
  ]) {
    expectSame(fromWire(value), value);
  }
});

function valueOrCorrupt(read: () => unknown): string {
  try {
    read();
    return 'value';
  } catch (error) {
    if (error instanceof CorruptValueError) return 'corrupt';
    throw error;
  }
}
