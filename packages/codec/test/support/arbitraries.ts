// Random values of every kind that the codec carries.

import fc from 'fast-check';

// A stack is a text like any other: a short one will do.
Error.stackTraceLimit = 2;

/** Any UTF-16, lone surrogates included. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 })
    .map((units) => String.fromCharCode(...units)),
);

const key = fc
  .oneof(
    { weight: 4, arbitrary: text },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '',
        '.',
        '\\',
        'a.b',
        'a\\.b',
        '0',
        '1.0',
        'json',
        'meta',
        'constructor',
        'prototype',
        'toString',
        'hasOwnProperty',
        'length',
        '~',
      ),
    },
  )
  .filter((name) => name !== '__proto__');

const date = fc.date({ noInvalidDate: false });

const url = fc
  .webUrl({ withQueryParameters: true, withFragments: true })
  .map((href) => new URL(href));

const regExp = fc
  .tuple(
    fc.constantFrom(
      'a',
      '(?:)',
      '[/\\]]+',
      '\\/',
      '^\\u{1F600}$',
      'a|b',
      '(?<name>x)',
      '\n',
      '.*?',
    ),
    fc.subarray(['d', 'g', 'i', 'm', 's', 'u', 'y']),
    fc.nat(),
  )
  .map(([source, flags, lastIndex]) =>
    Object.assign(new RegExp(source, flags.join('')), { lastIndex }),
  );

const bigint = fc.oneof(
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 4_000n), max: 2n ** 4_000n }),
  fc.constantFrom(2n ** 3322n - 1n, 2n ** 3322n, -(2n ** 3322n), 0n),
);

const memory = fc.uint8Array({ maxLength: 40 });

const viewClasses = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

const bytes = fc.oneof(
  memory.map((part) => Buffer.from(part)),
  memory.map((part) => part.slice().buffer),
  memory.map((part) => new DataView(part.slice().buffer, Math.min(1, part.length))),
  fc.tuple(memory, fc.constantFrom(...viewClasses), fc.nat(2)).map(([part, View, skip]) => {
    const size = View.BYTES_PER_ELEMENT;
    const count = Math.max(0, Math.floor(part.length / size) - skip);
    const whole = new ArrayBuffer(64);
    new Uint8Array(whole).set(part);
    return new View(whole, skip * size, Math.min(count, Math.floor(64 / size) - skip));
  }),
);

const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0),
);

const leaves = {
  null: fc.constant(null),
  undefined: fc.constant(undefined),
  boolean: fc.boolean(),
  number,
  text,
  bigint,
  date,
  url,
  regExp,
  bytes,
};

/** Plain JSON leaves weigh most, as they do in life: that is how a plain part comes beside a rich one. */
const leaf = fc.oneof(
  { weight: 6, arbitrary: fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)) },
  ...Object.values(leaves).map((arbitrary: fc.Arbitrary<unknown>) => ({ weight: 1, arbitrary })),
);

const errorClasses = [
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
];

const { tree, object, dictionary, list, map, set, error } = fc.letrec<{
  tree: unknown;
  object: object;
  dictionary: object;
  list: unknown[];
  map: Map<unknown, unknown>;
  set: Set<unknown>;
  error: Error;
}>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 6, arbitrary: leaf },
    { weight: 2, arbitrary: tie('object') },
    { weight: 2, arbitrary: tie('list') },
    tie('map'),
    tie('set'),
    tie('error'),
    tie('dictionary'),
  ),
  object: fc.dictionary(key, tie('tree'), { maxKeys: 3, noNullPrototype: true }),
  dictionary: fc
    .dictionary(key, tie('tree'), { maxKeys: 3, noNullPrototype: true })
    .map((fields) => Object.assign(Object.create(null), fields)),
  list: fc.array(tie('tree'), { maxLength: 3 }),
  map: fc
    .array(fc.tuple(tie('tree'), tie('tree')), { maxLength: 2 })
    .map((entries) => new Map(entries)),
  set: fc.array(tie('tree'), { maxLength: 3 }).map((values) => new Set(values)),
  error: fc
    .tuple(
      fc.constantFrom(...errorClasses, AggregateError, DOMException),
      text,
      fc.option(tie('tree'), { nil: undefined }),
      fc.dictionary(key, tie('tree'), { maxKeys: 1, noNullPrototype: true }),
      fc.array(tie('tree'), { maxLength: 2 }),
    )
    .map(([Class, message, cause, fields, errors]) =>
      makeError(Class, message, cause, fields, errors),
    ),
}));

function makeError(
  Class: unknown,
  message: string,
  cause: unknown,
  fields: object,
  errors: unknown[],
): Error {
  if (Class === AggregateError) return new AggregateError(errors, message, { cause });
  if (Class === DOMException) return new DOMException(message, 'TimeoutError');
  const made = new (Class as ErrorConstructor)(message, cause === undefined ? {} : { cause });
  for (const [name, value] of Object.entries(fields)) {
    // Those are texts, or the error is refused.
    if (name === 'name' || name === 'message') continue;
    Object.defineProperty(made, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return made;
}

/** By kind. Those with parts have parts of every kind. */
export const kinds: Record<string, fc.Arbitrary<unknown>> = {
  ...leaves,
  object,
  dictionary,
  list,
  map,
  set,
  error,
  'any kind within any other': tree,
};

/** What JSON carries exactly. */
export const plain: fc.Arbitrary<unknown> = fc.letrec<{ plain: unknown }>((tie) => ({
  plain: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      text,
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    ),
    fc.array(tie('plain'), { maxLength: 4 }),
    fc.dictionary(key, tie('plain'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).plain;
