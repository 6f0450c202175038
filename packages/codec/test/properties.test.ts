// Random values come back as they went; random texts give a value or a CorruptValueError.

import {
  addFlatCopy,
  CorruptValueError,
  decode,
  encode,
  fromWire,
  jsonOfFlatCopies,
  toWire,
  toWireText,
} from '@muster/codec';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { round } from '../../../test/chaos/rounds.js';
// Not exported: that a value is plain decides which path it takes, and the paths are to agree.
import { isPlain } from '../dist/plain/is-plain.js';
import { fromRichForm, toRichForm } from '../dist/rich/rich-form.js';
import { kinds, plain } from './support/arbitraries.js';
import { countProperties, isPolluted } from './support/pollution.js';
import { differenceOf, expectSame } from './support/same.js';
import { ways } from './support/ways.js';

const numRuns = round({ short: 400, full: 10_000 });
const clean = countProperties();

afterEach(() => expect(isPolluted()).toBe(false));

describe('random values come back as they went, as a text and over the wire', () => {
  test.each(Object.entries(kinds))('%s', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        for (const way of ways) expectSame(way.read(way.write(value)), value);
      }),
      { numRuns },
    );
  });
});

describe('the fast path and the slow path', () => {
  test('write the same text', () => {
    const values = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('x'.repeat(9_000), `${'x'.repeat(8_000)}"`, 'é'.repeat(8_000)),
      fc.string(),
      fc.double(),
      fc.integer(),
      fc.constantFrom(null, true, false, -0, '\ud800', '"', '\\', '\u2028', '😀', {}, undefined),
    );
    const keys = fc.oneof(fc.string(), fc.constantFrom('json', 'meta', '__proto__', '1', 'toJSON'));
    const flat = fc.dictionary(keys, values, { maxKeys: 20 });
    const textOf = (way: () => string) => {
      try {
        return way();
      } catch (error) {
        return String(error);
      }
    };
    fc.assert(
      fc.property(fc.oneof(flat, plain), (value) => {
        const text = textOf(() => JSON.stringify(toWire(value)));
        expect(textOf(() => toWireText(value))).toBe(text);
      }),
      { numRuns },
    );
  });

  test('write the same text of small flat objects, one by one or together', () => {
    const values = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.constantFrom(null, true, false, -0, '\ud800', '"', 'é', 'x'.repeat(600), {}, undefined),
    );
    const keys = fc.oneof(fc.string(), fc.constantFrom('json', 'meta', '__proto__', '1', 'toJSON'));
    const flat = fc.dictionary(keys, values, { maxKeys: 20 });
    fc.assert(
      fc.property(fc.array(fc.oneof(flat, plain)), (several) => {
        const copies: object[] = [];
        const added = several.filter((value) => {
          const before = copies.length;
          const chars = addFlatCopy(copies, value);
          expect(copies.length).toBe(chars === 0 ? before : before + 1);
          if (chars > 0) expect(toWireText(value).length).toBeLessThanOrEqual(6 * chars);
          return chars > 0;
        });
        const texts = added.map((value) => toWireText(value));
        expect(jsonOfFlatCopies(copies)).toBe(texts.join(','));
      }),
      { numRuns },
    );
    const list: object[] = [];
    expect(
      [new Date(), new (class A {})(), { [Symbol('s')]: 1, a: 1 }, [1]].map((value) =>
        addFlatCopy(list, value),
      ),
    ).toEqual([0, 0, 0, 0]);
  });

  test('write them where others have added toJSON to everything', () => {
    const list: object[] = [];
    addFlatCopy(list, { a: 1 });
    addFlatCopy(list, { b: 'two' });
    Object.defineProperty(Array.prototype, 'toJSON', { configurable: true, value: () => 'mine' });
    try {
      expect(jsonOfFlatCopies(list)).toBe('{"a":1},{"b":"two"}');
    } finally {
      Reflect.deleteProperty(Array.prototype, 'toJSON');
    }
  });

  test('agree on what is plain: exactly what JSON carries', () => {
    fc.assert(
      fc.property(fc.oneof(plain, ...Object.values(kinds)), (value) => {
        expect(isPlain(value)).toBe(isJsonExact(value));
      }),
      { numRuns },
    );
  });

  test('carry the same plain value', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const fast = encode(value);
        expect(fast).toBe(JSON.stringify(value));
        const slow = JSON.stringify(toRichForm(value));
        expectSame(fromRichForm(JSON.parse(slow)), decode(fast));
      }),
      { numRuns },
    );
  });

  test('carry the same plain value when superjson walks all of it', () => {
    fc.assert(
      fc.property(plain, (value) => {
        // superjson is given what is in an Error as it is.
        const error = decode(encode(Object.assign(new Error(), { value }))) as { value: unknown };
        expectSame(error.value, decode(encode(value)));
      }),
      { numRuns },
    );
  });
});

describe('random texts give a value or a CorruptValueError, and touch no prototype', () => {
  const words = [
    '~',
    '{"json":',
    ',"meta":{"values":',
    ',"v":1}}',
    '"__proto__"',
    '"\\u005f_proto__"',
    '"constructor"',
    '"prototype"',
    '"constructor.prototype.x"',
    '"__proto__.x"',
    '["Date"]',
    '["map"]',
    '["set",',
    '[["custom","Error"]]',
    '[["custom","bytes"]]',
    '[["custom","entries"],',
    '[["class","x"]]',
    '{"0":',
    '"a.b"',
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"a"',
    '1',
    'null',
    '"',
    '\\',
  ];

  test('from words that mean something', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 12 }), (parts) => {
        expectValueOrCorrupt(parts.join(''));
      }),
      { numRuns },
    );
  });

  test('from a right text, changed in up to four places', () => {
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(6),
      word: fc.oneof(fc.constantFrom('', ...words), fc.string({ maxLength: 3 })),
    });
    fc.assert(
      fc.property(mixed, fc.array(change, { minLength: 1, maxLength: 4 }), (value, changes) => {
        let text = encode(value);
        for (const { at, cut, word } of changes) {
          const start = Math.floor(at * text.length);
          text = text.slice(0, start) + word + text.slice(start + cut);
        }
        expectValueOrCorrupt(text);
      }),
      { numRuns },
    );
  });

  test('from a right form, with parts put in the places of others', () => {
    const graft = fc.record({ from: fc.nat(1_000), to: fc.nat(1_000) });
    fc.assert(
      fc.property(
        mixed,
        fc.array(graft, { minLength: 1, maxLength: 4 }),
        fc.jsonValue(),
        (value, grafts, other) => {
          const root = JSON.parse(JSON.stringify([toRichForm(value), other]));
          for (const { from, to } of grafts) {
            const places = placesIn(root);
            const source = places[from % places.length];
            const target = places[to % places.length];
            if (source && target) {
              target.owner[target.key] = JSON.parse(JSON.stringify(source.owner[source.key]));
            }
          }
          expectValueOrCorrupt(`~${JSON.stringify(root[0])}`);
        },
      ),
      { numRuns },
    );
  });

  const mixed = kinds['any kind within any other'] as fc.Arbitrary<unknown>;

  function expectValueOrCorrupt(text: string): void {
    for (const read of [() => decode(text), () => fromWire(JSON.parse(text.replace(/^~/, '')))]) {
      try {
        const value = read();
        // What came out goes in again, or is refused for what it holds, but does not break the codec.
        encodeOrRefuse(value);
      } catch (error) {
        if (!(error instanceof CorruptValueError || isNoJson(error))) throw error;
      }
    }
    if (countProperties() !== clean) throw new Error(`a prototype was polluted by ${text}`);
  }

  /** The wire form is parsed by Node, not by the codec. */
  const isNoJson = (error: unknown) =>
    error instanceof SyntaxError && error.stack?.includes('JSON.parse');
});

function encodeOrRefuse(value: unknown): void {
  try {
    toWire(value);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'MUSTER_UNSUPPORTED_VALUE') throw error;
  }
}

function isJsonExact(value: unknown): boolean {
  if (typeof value === 'bigint' || value === undefined) return false;
  try {
    return differenceOf(JSON.parse(JSON.stringify(value)), value, '$') === undefined;
  } catch {
    return false;
  }
}

/** Every place in a JSON tree, but for its root. */
function placesIn(tree: unknown): { owner: Record<string, unknown>; key: string }[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const owner = tree as Record<string, unknown>;
  return Object.keys(owner).flatMap((key) => [{ owner, key }, ...placesIn(owner[key])]);
}
