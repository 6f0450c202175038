// Registered classes: what they come back as, and what cannot be registered.

import {
  CorruptValueError,
  decode,
  encode,
  InvalidClassError,
  registerClass,
  UnsupportedValueError,
} from '@muster/codec';
import { SuperJSON } from 'superjson';
import { describe, expect, test } from 'vitest';
import { expectSame } from './support/same.js';
import { ways } from './support/ways.js';

class Point {
  label: string | undefined;
  moved = new Date(1);
  readonly x: number;
  readonly y: unknown;
  constructor(x: number, y: unknown) {
    this.x = x;
    this.y = y;
    constructed++;
  }
  get length() {
    return this.x;
  }
}
let constructed = 0;

class Money {
  readonly #cents: number;
  private constructor(cents: number) {
    this.#cents = cents;
  }
  static of(cents: number) {
    return new Money(cents);
  }
  get cents() {
    return this.#cents;
  }
}

class Headers extends Map<string, string> {}

class OutOfStock extends RangeError {
  override readonly name = 'OutOfStock';
  readonly code = 'E_STOCK';
  readonly sku: string;
  constructor(sku: string) {
    super(`${sku} is out of stock`);
    this.sku = sku;
  }
}

class Temperature extends Error {
  celsius = 0;
}

registerClass(Point);
registerClass(Money, { toPlain: (money) => money.cents, fromPlain: (cents) => Money.of(cents) });
registerClass(Headers, {
  name: 'http-headers',
  toPlain: (headers) => ({ constructor: [...headers] }),
  fromPlain: (plain) => new Headers(plain.constructor),
});
registerClass(OutOfStock);
registerClass(Temperature, {
  toPlain: (error) => error.celsius,
  fromPlain: (celsius) => Object.assign(new Temperature('from plain'), { celsius }),
});

for (const way of ways) {
  const carry = (value: unknown) => way.read(way.write(value));

  describe(way.name, () => {
    test('fields come back with the prototype, and the constructor is not called', () => {
      const value = { points: [new Point(1, new Map([[new Point(2, undefined), 3n]]))] };
      const before = constructed;
      const back = carry(value);
      expectSame(back, value);
      expect((back as typeof value).points[0]?.length).toBe(1);
      expect(constructed).toBe(before);
    });

    test('plain forms come back through fromPlain, private fields included', () => {
      const back = carry({ price: Money.of(5), prices: new Set([Money.of(6)]) }) as {
        price: Money;
        prices: Set<Money>;
      };
      expect(back.price).toBeInstanceOf(Money);
      expect(back.price.cents).toBe(5);
      expect([...back.prices].map(({ cents }) => cents)).toEqual([6]);
    });

    test('a subclass of a built-in comes back through fromPlain', () => {
      const value = [new Headers([['a', 'b']]), new Date(1)];
      expectSame(carry(value), value);
    });

    test('an Error class comes back as itself, and as a real Error', () => {
      const error = new OutOfStock('A-1');
      const back = carry(new Error('outer', { cause: error })) as Error;
      expectSame(back.cause, error);
      expect(back.cause).toBeInstanceOf(OutOfStock);
      expect(Object.prototype.toString.call(back.cause)).toBe('[object Error]');
    });

    test('an Error class with toPlain is carried by that', () => {
      const back = carry(Object.assign(new Temperature('x'), { celsius: 3 })) as Temperature;
      expect(back).toBeInstanceOf(Temperature);
      expect([back.message, back.celsius]).toEqual(['from plain', 3]);
    });

    test('a subclass of a registered class is not registered', () => {
      class Point3 extends Point {}
      expect(() => way.write(new Point3(1, 2))).toThrow(
        /instance of Point3 that is not registered/,
      );
    });

    test('a refusal within an instance has its path', () => {
      const value = { at: [new Point(1, { fn() {} })] };
      expect(() => way.write(value)).toThrow(
        expect.objectContaining({ path: '$.at[0].y.fn', code: 'MUSTER_UNSUPPORTED_VALUE' }),
      );
    });

    test('an instance with a field named constructor is refused', () => {
      const point = Object.assign(new Point(1, 2), { constructor: 'x' });
      expect(() => way.write(point)).toThrow(expect.objectContaining({ path: '$.constructor' }));
    });

    test('what toPlain throws is the cause of the refusal', () => {
      class Closed {
        readonly open = false;
      }
      const reason = new Error('closed');
      const throwing = () => {
        throw reason;
      };
      registerClass(Closed, { name: `Closed ${way.name}`, toPlain: throwing, fromPlain: throwing });
      expect(() => way.write({ a: new Closed() })).toThrow(
        expect.objectContaining({ path: '$.a', cause: reason }),
      );
    });

    test('a plain form that is not plain is refused', () => {
      class Span {
        readonly from = new Date(1);
      }
      registerClass(Span, {
        name: `Span ${way.name}`,
        toPlain: (span) => [span.from],
        fromPlain: () => new Span(),
      });
      expect(() => way.write([new Span()])).toThrow(UnsupportedValueError);
      expect(() => way.write([new Span()])).toThrow(/\$\[0\]: toPlain .* not carry exactly/);
    });
  });
}

test('what fromPlain throws is the cause of a corrupt value', () => {
  class Strict {
    readonly strict = true;
  }
  const reason = new Error('no');
  registerClass(Strict, {
    toPlain: () => 1,
    fromPlain: () => {
      throw reason;
    },
  });
  const text = encode(new Strict());
  expect(() => decode(text)).toThrow(CorruptValueError);
  expect(() => decode(text)).toThrow(expect.objectContaining({ cause: reason }));
});

test('a class that this process did not register is a corrupt value, and is named', () => {
  for (const type of [
    ['class', 'Nowhere'],
    ['custom', 'class:Nowhere'],
    ['custom', 'class:Point'],
    ['class', 'Money'],
    ['class', 'OutOfStock'],
  ]) {
    const text = `~${JSON.stringify({ json: {}, meta: { values: [type], v: 1 } })}`;
    expect(() => decode(text)).toThrow(CorruptValueError);
    expect(() => decode(text)).toThrow(type[1]);
  }
  const error = { type: 'Error', class: 'Nowhere', name: 'x', message: 'x' };
  const meta = { values: [['custom', 'Error']], v: 1 };
  expect(() => decode(`~${JSON.stringify({ json: error, meta })}`)).toThrow(
    expect.objectContaining({
      cause: expect.objectContaining({ message: expect.stringMatching(/Nowhere/) }),
    }),
  );
});

test("superjson's own instance is left alone", () => {
  expect(SuperJSON.stringify(new Point(1, 2))).not.toContain('"class"');
});

describe('registering', () => {
  test('again does nothing, under the same name', () => {
    registerClass(Point);
    registerClass(Headers, { name: 'http-headers' });
    expectSame(decode(encode(new Headers([['a', 'b']]))), new Headers([['a', 'b']]));
  });

  class Other {
    readonly other = 1;
  }
  const anonymous = (() => class {})();
  const toPlain = () => 1;
  const refused: Record<string, [act: () => void, word: RegExp]> = {
    'under two names': [() => registerClass(Point, { name: 'Point2' }), /registered as Point/],
    'under a name that is taken': [
      () => registerClass(Other, { name: 'Point' }),
      /has the name Point/,
    ],
    'a class without a name': [() => registerClass(anonymous), /\(anonymous\): it has no name/],
    'a built-in class': [() => registerClass(Map), /Map: it is built in/],
    'a subclass of a built-in without toPlain': [
      () => registerClass(class Names extends Array {}),
      /Names: it extends Array/,
    ],
    'a subclass of a subclass of a built-in': [
      () => registerClass(class Bytes extends class A extends Uint8Array {} {}),
      /extends Uint8Array/,
    ],
    'with toPlain only': [() => registerClass(Other, { toPlain } as object), /both or none/],
    'with fromPlain only': [
      () => registerClass(Other, { fromPlain: () => new Other() } as object),
      /both or none/,
    ],
    'a prototype with another constructor': [
      () => registerClass({ name: 'Fake', prototype: Object.create(Other.prototype) }),
      /does not name it/,
    ],
  };
  for (const [name, [act, word]] of Object.entries(refused)) {
    test(`${name} is refused`, () => {
      expect(act).toThrow(InvalidClassError);
      expect(act).toThrow(word);
      expect(act).toThrow(expect.objectContaining({ code: 'MUSTER_INVALID_CLASS' }));
    });
  }
});
