// No change is lost: whatever requests do to one session at the same time, in whatever order they load and save it.
import { createSessionStore } from '@muster/session/express';
import type { SharedStore } from '@muster/store';
import type { SessionData, Store } from 'express-session';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { mergeFields } from '../src/merge.js';
import { callsOf, newSession } from './support/calls.js';
import { engines, openStore } from './support/stores.js';

const fieldName = fc.constantFrom('a', 'b', 'c', 'd', '__proto__', '7', '');
const fields = fc.dictionary(fieldName, fc.jsonValue({ maxDepth: 2 })).map(asJson);

describe('mergeFields', () => {
  test('takes what was changed from here, and the rest from there', () => {
    fc.assert(
      fc.property(fields, fields, fields, (base, mine, current) => {
        const { data, conflicts } = mergeFields(base, JSON.stringify(mine), current);
        const merged = JSON.parse(data);
        for (const name of namesIn(base, mine, current)) {
          const [was, is, theirs] = [base, mine, current].map((each) => textOf(each, name));
          const isMine = is !== was;
          expect(textOf(merged, name), name).toBe(isMine ? is : theirs);
          expect(conflicts.includes(name), name).toBe(isMine && theirs !== was && theirs !== is);
        }
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

function namesIn(...all: object[]): Set<string> {
  return new Set(all.flatMap((each) => Object.keys(each)));
}

function textOf(fields: object | undefined, name: string): string | undefined {
  const own = fields && Object.getOwnPropertyDescriptor(fields, name);
  return own && JSON.stringify(own.value);
}

function asJson(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value));
}
