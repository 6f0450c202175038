// No change is lost: whatever requests do to one session at the same time, in whatever order they load and save it.
import { createSessionStore } from '@muster/session/express';
import type { SharedStore } from '@muster/store';
import type { SessionData, Store } from 'express-session';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { MAX_MERGE_DEPTH, mergeFields } from '../src/saving/merge.js';
import { callsOf, newSession } from './support/promised-calls.js';
import { engines, openStore } from './support/stores.js';

const name = fc.constantFrom('a', 'b', 'c', '__proto__', '7', '');
const { fields } = fc.letrec<{ value: unknown; fields: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, 0, 1, 'text', true),
    fc.array(fc.constantFrom(0, 1, { a: 1 }), { maxLength: 2 }),
    tie('fields'),
  ),
  fields: fc.dictionary(name, tie('value'), { maxKeys: 4 }).map(asJson),
}));

const merge = (base: object, mine: object, current: object) => {
  const { data, conflicts } = mergeFields(asJson(base), JSON.stringify(mine), asJson(current));
  return { merged: JSON.parse(data), conflicts };
};

describe('mergeFields', () => {
  test.each<[what: string, base: object, mine: object, theirs: object, merged: object]>([
    ['fields of their own', {}, { a: 1 }, { b: 1 }, { a: 1, b: 1 }],
    ['keys of one object', { f: {} }, { f: { a: 1 } }, { f: { b: 1 } }, { f: { a: 1, b: 1 } }],
    ['an object that both made', {}, { f: { a: 1 } }, { f: { b: 1 } }, { f: { a: 1, b: 1 } }],
    [
      'an object in the place of nothing',
      { f: null },
      { f: { a: 1 } },
      { f: { b: 1 } },
      { f: { a: 1, b: 1 } },
    ],
    [
      'keys far down',
      { a: { b: { c: { d: 1, e: 1 } } } },
      { a: { b: { c: { d: 2, e: 1 } } } },
      { a: { b: { c: { d: 1, e: 2 } } } },
      { a: { b: { c: { d: 2, e: 2 } } } },
    ],
    [
      'a key that I delete and one that they add',
      { f: { a: 1 } },
      { f: {} },
      { f: { a: 1, b: 1 } },
      { f: { b: 1 } },
    ],
    [
      'a key that they delete and one that I add',
      { f: { a: 1 } },
      { f: { a: 1, b: 1 } },
      { f: {} },
      { f: { b: 1 } },
    ],
    ['what only they deleted', { f: { a: 1 }, n: 1 }, { f: { a: 1 }, n: 2 }, { n: 1 }, { n: 2 }],
    ['an array is one value', { f: [1] }, { f: [1, 2] }, { f: [1] }, { f: [1, 2] }],
    [
      'an object in an array is a part of it',
      { f: [{ a: 1 }] },
      { f: [{ a: 1 }] },
      { f: [{ a: 2 }] },
      { f: [{ a: 2 }] },
    ],
    [
      'a __proto__ is a key',
      { f: {} },
      { f: JSON.parse('{"__proto__":{"admin":true}}') },
      { f: { b: 1 } },
      JSON.parse('{"f":{"b":1,"__proto__":{"admin":true}}}'),
    ],
  ])('%s', (_, base, mine, theirs, expected) => {
    const { merged, conflicts } = merge(base, mine, theirs);
    expect(merged).toEqual(expected);
    if (!Array.isArray(merged.f)) {
      expect(Object.getPrototypeOf(merged.f ?? {})).toBe(Object.prototype);
    }
    expect(conflicts).toEqual([]);
    expect({}).not.toHaveProperty('admin');
  });

  test.each<[what: string, base: object, mine: object, theirs: object, merged: object]>([
    ['a value', { n: 0 }, { n: 1 }, { n: 2 }, { n: 1 }],
    ['a key', { f: { a: 0 } }, { f: { a: 1 } }, { f: { a: 2, b: 1 } }, { f: { a: 1, b: 1 } }],
    ['an array', { f: [] }, { f: [1] }, { f: [2] }, { f: [1] }],
    ['an object that I deleted', { f: { a: 0 } }, {}, { f: { a: 1 } }, {}],
    ['an object that they deleted', { f: { a: 0 } }, { f: { a: 1 } }, {}, { f: { a: 1 } }],
    ['an object and a value', { f: 0 }, { f: { a: 1 } }, { f: 2 }, { f: { a: 1 } }],
  ])('both changed %s: mine counts, and the field is named', (_, base, mine, theirs, expected) => {
    const { merged, conflicts } = merge(base, mine, theirs);
    expect(merged).toEqual(expected);
    expect(conflicts).toEqual([Object.keys(base)[0]]);
  });

  test('objects beyond the depth are one value', () => {
    const nested = (depth: number, inmost: object): object =>
      depth === 0 ? inmost : { f: nested(depth - 1, inmost) };
    const at = (depth: number) =>
      merge(nested(depth, {}), nested(depth, { a: 1 }), nested(depth, { b: 1 }));
    expect(at(MAX_MERGE_DEPTH - 1).merged).toEqual(nested(MAX_MERGE_DEPTH - 1, { b: 1, a: 1 }));
    expect(at(MAX_MERGE_DEPTH)).toEqual({
      merged: nested(MAX_MERGE_DEPTH, { a: 1 }),
      conflicts: ['f'],
    });
    // Neither the stack nor the time ends there.
    expect(at(3_000).conflicts).toEqual(['f']);
  });

  test('where only one changed something, that one has its way', () => {
    fc.assert(
      fc.property(fields, fields, (base, changed) => {
        expect(merge(base, changed, base)).toEqual({ merged: changed, conflicts: [] });
        expect(merge(base, base, changed)).toEqual({ merged: changed, conflicts: [] });
        expect(merge(base, changed, changed)).toEqual({ merged: changed, conflicts: [] });
      }),
    );
  });

  test('without a conflict it does not matter who saves first', () => {
    fc.assert(
      fc.property(fields, fields, fields, (base, mine, theirs) => {
        const { merged, conflicts } = merge(base, mine, theirs);
        if (conflicts.length === 0) expect(merged).toEqual(merge(base, theirs, mine).merged);
      }),
    );
  });

  test('each value comes from one of the two: mine where I changed it, theirs where I did not', () => {
    fc.assert(
      fc.property(fields, fields, fields, (base, mine, theirs) => {
        const { merged, conflicts } = merge(base, mine, theirs);
        const [was, is, other, found] = [base, mine, theirs, merged].map((each) => leavesOf(each));
        for (const [path, text] of is ?? []) {
          const isMine = was?.get(path) !== text;
          if (isMine && text !== '{}') expect(found?.get(path), path).toBe(text);
        }
        for (const [path, text] of found ?? []) {
          // An object of which each has deleted a part.
          if (text === '{}') continue;
          expect([is?.get(path), other?.get(path)], path).toContain(text);
        }
        const top = new Set([...Object.keys(base), ...Object.keys(mine), ...Object.keys(theirs)]);
        for (const field of conflicts) expect(top).toContain(field);
        expect({}).not.toHaveProperty('admin');
      }),
    );
  });

  test('what nobody changed stays, in its order', () => {
    const text = '{"b":1,"a":{"x":[]},"__proto__":{"admin":true}}';
    expect(mergeFields(JSON.parse(text), text, JSON.parse(text))).toEqual({
      data: text,
      conflicts: [],
    });
  });
});

/** Each request owns the fields that start with its name; there are as many steps as loads and saves. */
interface Schedule {
  readonly requests: readonly (readonly ('add' | 'change' | 'delete')[])[];
  /** Which request takes its next step; each needs one to load, and one for each of its saves. */
  readonly order: readonly number[];
}

const schedules: fc.Arbitrary<Schedule> = fc
  .array(fc.array(fc.constantFrom('add', 'change', 'delete'), { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 5,
  })
  .chain((requests) => {
    const steps = requests.flatMap((changes, n) => [n, ...changes.map(() => n)]);
    return fc
      .shuffledSubarray(
        steps.map((_, n) => n),
        { minLength: steps.length },
      )
      .map((order) => ({ requests, order: order.map((n) => steps[n] ?? 0) }));
  });

describe.each(engines)('%s', (engine) => {
  let store: SharedStore;

  beforeEach(async () => {
    store = await openStore(engine);
  });

  test('for any order of loads and saves, of requests that change fields of their own, all changes are kept', async () => {
    const stores = [createSessionStore({ store }), createSessionStore({ store })];
    let run = 0;
    await fc.assert(
      fc.asyncProperty(schedules, fc.boolean(), async ({ requests, order }, isConcurrent) => {
        run += 1;
        const id = `run ${run}`;
        const start = Object.fromEntries(requests.flatMap((_, n) => startOf(n)));
        const calls = callsOf(stores[0] as Store);
        await calls.set(id, newSession({ ...start, kept: 'by all' }));

        const all = requests.map((changes, n) => requestOf(stores[n % 2] as Store, id, n, changes));
        const saves: Promise<void>[] = [];
        for (const n of order) {
          const step = all[n]?.next();
          if (isConcurrent) saves.push(Promise.resolve(step).then(() => {}));
          else await step;
        }
        await Promise.all(saves);

        const expected = { ...start, kept: 'by all' } as Record<string, unknown>;
        for (const [n, changes] of requests.entries()) {
          for (const [at, change] of changes.entries()) changeOf(n, at, change)(expected);
        }
        const { cookie: _, ...found } = (await calls.get(id)) as SessionData;
        expect(found).toEqual(expected);
      }),
      { numRuns: engine === 'embedded' ? 60 : 40 },
    );
  });
});

const startOf = (n: number): [string, unknown][] =>
  [0, 1, 2].map((at) => [`${n}.${at}`, { was: 'there' }]);

/** What request n does with its change number `at`. */
function changeOf(n: number, at: number, change: 'add' | 'change' | 'delete') {
  return (fields: Record<string, unknown>) => {
    if (change === 'add') fields[`${n}.new${at}`] = at;
    else if (change === 'change') fields[`${n}.${at}`] = { is: at };
    else delete fields[`${n}.${at}`];
  };
}

/** Loads the session at the first step, and saves one change at each that follows. */
async function* requestOf(
  store: Store,
  id: string,
  n: number,
  changes: readonly ('add' | 'change' | 'delete')[],
): AsyncGenerator<void, void> {
  const calls = callsOf(store);
  const session = (await calls.load(id)) as SessionData & Record<string, unknown>;
  for (const [at, change] of changes.entries()) {
    yield;
    changeOf(n, at, change)(session);
    await calls.set(id, session);
  }
}

/** Values that are no objects with keys, by their path. */
function leavesOf(value: unknown, path = '$'): Map<string, string> {
  const isInner =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.keys(value).length > 0;
  if (!isInner) return new Map([[path, JSON.stringify(value)]]);
  const leaves = new Map<string, string>();
  for (const [name, inner] of Object.entries(value)) {
    for (const [at, text] of leavesOf(inner, `${path}.${name}`)) leaves.set(at, text);
  }
  return leaves;
}

function asJson(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value));
}
