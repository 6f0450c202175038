// The checkers find what they are there for: histories that are true, and such that were falsified.
import { describe, expect, it } from 'vitest';
import { type Hold, type ModeHold, notAlone, notExclusive, notGrowing } from './exclusion.js';
import { notLinearizable, type Operation } from './linearizability.js';
import { notBalanced, type Pair } from './sums.js';

/** `[call, input, output, start, end]`; without an output nobody knows. */
type Row = [call: Operation['call'], input: unknown, output: unknown, start: number, end: number];

const UNKNOWN = Symbol('unknown');

const operation = ([call, input, output, start, end]: Row): Operation => ({
  ...{ key: 'k', call, input, start },
  ...(output === UNKNOWN ? { end: Number.POSITIVE_INFINITY } : { end, output: { value: output } }),
});

describe.each<[expected: string, rows: Record<string, Row[]>]>([
  [
    'a history that could be',
    {
      'one after the other': [
        ['set', 1, true, 0, 1],
        ['get', null, 1, 2, 3],
      ],
      'a read beside a write sees the old value or the new one': [
        ['set', 1, true, 0, 1],
        ['set', 2, true, 2, 9],
        ['get', null, 1, 3, 4],
        ['get', null, 2, 5, 6],
      ],
      'two at once in the other order': [
        ['increment', 1, 2, 0, 9],
        ['increment', 1, 1, 1, 8],
      ],
      'what was not answered was done later': [
        ['set', 1, UNKNOWN, 0, 0],
        ['get', null, undefined, 1, 2],
        ['get', null, 1, 3, 4],
      ],
      'or never': [
        ['increment', 1, UNKNOWN, 0, 0],
        ['increment', 1, 1, 1, 2],
        ['increment', 1, 2, 3, 4],
      ],
      'of two that compare, one sets': [
        ['compareAndSet', [undefined, 'a'], true, 0, 5],
        ['compareAndSet', [undefined, 'b'], false, 0, 5],
        ['get', null, 'a', 6, 7],
      ],
    },
  ],
  [
    'a falsified one',
    {
      'an old value after a new one': [
        ['set', 1, true, 0, 1],
        ['set', 2, true, 2, 3],
        ['get', null, 1, 4, 5],
      ],
      'a write that is lost': [
        ['set', 1, true, 0, 1],
        ['get', null, undefined, 2, 3],
      ],
      'back and forth beside one write': [
        ['set', 1, true, 0, 1],
        ['set', 2, true, 2, 9],
        ['get', null, 2, 3, 4],
        ['get', null, 1, 5, 6],
      ],
      'a value from nowhere': [['get', null, 7, 0, 1]],
      'an increment that is lost': [
        ['increment', 1, 1, 0, 9],
        ['increment', 1, 1, 1, 8],
      ],
      'one that is done twice': [
        ['increment', 1, 1, 0, 1],
        ['increment', 1, 3, 2, 3],
      ],
      'one that was not answered and is done twice': [
        ['increment', 1, UNKNOWN, 0, 0],
        ['increment', 1, 3, 1, 2],
      ],
      'two that compare, and both set': [
        ['compareAndSet', [undefined, 'a'], true, 0, 5],
        ['compareAndSet', [undefined, 'b'], true, 0, 5],
      ],
      'one that compares, and should have set': [
        ['set', 'a', true, 0, 1],
        ['compareAndSet', ['a', 'b'], false, 2, 3],
      ],
    },
  ],
])('%s', (expected, rows) => {
  it.each(Object.entries(rows))('%s', (_, history) => {
    const found = notLinearizable(history.map(operation));
    expect(found).toEqual(expected === 'a falsified one' ? ['k'] : []);
  });
});

it('a long history of many at once is checked in no time, and one wrong output in it is found', () => {
  const history: Operation[] = Array.from({ length: 3_000 }, (_, n) =>
    operation(['increment', 1, n + 1, n, n + 8]),
  );
  expect(notLinearizable(history)).toEqual([]);
  history[2_000] = operation(['increment', 1, 2_000, 2_000, 2_008]);
  expect(notLinearizable(history)).toEqual(['k']);
});

const holds = (...rows: [token: number, from: number, until: number][]): Hold[] =>
  rows.map(([token, from, until]) => ({ name: 'n', token, from, until }));

it.each([
  ['one after the other', holds([1, 0, 1], [2, 1, 2]), 1, [], []],
  ['two at once', holds([1, 0, 2], [2, 1, 3]), 1, ['n'], []],
  ['one within another', holds([1, 0, 9], [2, 1, 2]), 1, ['n'], []],
  ['two of two permits', holds([1, 0, 2], [2, 1, 3]), 2, [], []],
  ['three of two permits', holds([1, 0, 9], [2, 1, 9], [3, 2, 3]), 2, ['n'], []],
  ['a token that goes down', holds([2, 0, 1], [1, 2, 3]), 1, [], ['n']],
  ['a token that is given twice', holds([2, 0, 1], [2, 2, 3]), 1, [], ['n']],
])('of holds, %s', (_, given, permits, together, down) => {
  expect(notExclusive(given, permits)).toEqual(together);
  expect(notGrowing(given)).toEqual(down);
});

const shared = (...rows: [mode: ModeHold['mode'], from: number, until: number][]): ModeHold[] =>
  rows.map(([mode, from, until], token) => ({ name: 'n', token, mode, from, until }));

it.each([
  ['readers at once', shared(['read', 0, 3], ['read', 1, 2]), []],
  ['a writer after readers', shared(['read', 0, 2], ['read', 0, 3], ['write', 3, 4]), []],
  ['a reader within a writer', shared(['write', 0, 3], ['read', 1, 2]), ['n']],
  ['a writer within a reader', shared(['read', 0, 3], ['write', 1, 2]), ['n']],
  [
    'a writer that comes before the last reader is gone',
    shared(['read', 0, 3], ['write', 2, 4]),
    ['n'],
  ],
  ['two writers at once', shared(['write', 0, 2], ['write', 1, 3]), ['n']],
])('of a read-write lock, %s', (_, given, disturbed) => {
  expect(notAlone(given)).toEqual(disturbed);
});

it('of two counters, a transaction that was seen halfway', () => {
  const good: Pair[] = [
    [null, null],
    [-3, 3],
  ];
  expect(notBalanced(good)).toEqual([]);
  expect(notBalanced([...good, [-4, 3]])).toEqual([[-4, 3]]);
  expect(notBalanced([[-1, null]])).toEqual([[-1, null]]);
});
