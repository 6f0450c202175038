// The note of a tracer in the stored data of a job.
import { encode } from '@muster/codec';
import { expect, test } from 'vitest';
import { noted, noteOf, withoutNote } from '../src/jobs/note.js';

const NOTE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test.each([
  ['no data', ''],
  ['a text', encode('@a\nb')],
  ['an object', encode({ at: new Date(0) })],
])('%s comes back, with a note and without', (_, data) => {
  expect(noteOf(noted(data, NOTE))).toBe(NOTE);
  expect(withoutNote(noted(data, NOTE))).toBe(data);
  expect(noteOf(noted(data, undefined))).toBeUndefined();
  expect(withoutNote(noted(data, undefined))).toBe(data);
});

test.each([
  ['without an end', '@abc'],
  ['too long', `@${'x'.repeat(65)}\n1`],
  ['empty', '@\n1'],
  ['with spaces', '@a b\n1'],
])('a note that is %s is none, and the data cannot be read', (_, data) => {
  expect(noteOf(data)).toBeUndefined();
  expect(withoutNote(data)).toBe(data);
});
