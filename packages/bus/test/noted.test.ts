// Bodies with a note of a tracer in them.
import { expect, test } from 'vitest';
import { noted, noteOf, pack, prefixed, split, unpack } from '../src/wire/body.js';

const NOTE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const long = 'x'.repeat(10_000);

test.each([
  ['a number', 7],
  ['nothing', undefined],
  ['a small object', { a: 1 }],
  ['a rich one', { at: new Date(0) }],
  ['a long string', long],
  ['an object with long strings', { a: long, b: 1, c: long }],
])('%s arrives as it was, and its note beside it', (_, payload) => {
  for (const [body, at] of [
    [noted(pack(payload), NOTE), 0],
    [prefixed(7, noted(pack(payload), NOTE)), 1],
  ] as const) {
    const wire = split(body)[at];
    expect(noteOf(wire)).toBe(NOTE);
    expect(unpack(wire)).toEqual(payload);
  }
});

test('without a note, a body is what it was', () => {
  const body = pack({ a: 1 });
  expect(noted(body, undefined)).toBe(body);
  expect(noteOf(split(body)[0])).toBeUndefined();
});

test.each([
  ['too long', 'x'.repeat(65)],
  ['empty', ''],
  ['of several lines', 'a\nb'],
  ['with spaces', 'a b'],
])('a note that is %s is dropped, and its payload kept', (_, note) => {
  const [wire] = split(['7', '[0]', note]);
  expect(noteOf(wire)).toBeUndefined();
  expect(unpack(wire)).toBe(7);
});

test.each([
  ['more notes than one', ['7', '[0,0]', NOTE, NOTE]],
  ['a note that is not the last text', ['{"a":""}', '[0,"a"]', NOTE, long]],
  ['a note without its text', ['7', '[0]']],
])('%s is refused', (_, body) => {
  expect(() => unpack(split(body)[0])).toThrow();
});
