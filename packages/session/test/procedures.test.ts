// What an engine of one's own may give to the procedures of sessions: what they can give, and nothing else.
import { expect, test } from 'vitest';
import { readHead } from '../dist/procedures/read-head.js';
import { readWithEnd } from '../dist/procedures/read-with-end.js';
import { swapRecord } from '../dist/procedures/swap-record.js';
import { touchRecord } from '../dist/procedures/touch-record.js';
import { addEntry, removeEntry } from '../dist/users/index-entries.js';

const WHATEVER = [undefined, null, 0, '', 'text', true, {}, { text: 'text' }, { outcome: 'done' }];

test.each([
  [addEntry, [undefined]],
  [removeEntry, [undefined]],
  [readHead, ['', 'text']],
  [readWithEnd, [undefined, { text: '', leftMs: 1 }, { text: 'text', leftMs: Infinity }]],
  [swapRecord, [{ outcome: 'swapped' }, { outcome: 'gone' }, { current: 'text' }]],
  [touchRecord, [true, false]],
])('$name', ({ isOutput }, outputs: readonly unknown[]) => {
  const isGiven = (output: unknown) => isOutput?.(output);
  expect(outputs.filter(isGiven)).toEqual(outputs);
  expect(WHATEVER.filter(isGiven)).toEqual(WHATEVER.filter((one) => outputs.includes(one)));
});
