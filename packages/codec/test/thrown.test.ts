import { isError, reasonOf, stackOf, textOfThrown } from '@muster/codec/thrown';
import { expect, test } from 'vitest';
import { oddThrows } from '../../../test/support/odd-throws.js';

test.each(Object.entries(oddThrows))('%s has a text, and throws nowhere', (_, make) => {
  const thrown = make();
  expect(typeof reasonOf(thrown)).toBe('string');
  expect(typeof textOfThrown(thrown)).toBe('string');
  expect(typeof isError(thrown)).toBe('boolean');
  expect(['string', 'undefined']).toContain(typeof stackOf(thrown));
});

test('what is in order is told as it is', () => {
  const error = new RangeError('too far');
  expect(reasonOf(error)).toBe('too far');
  expect(textOfThrown(error)).toBe('RangeError: too far');
  expect(stackOf(error)).toBe(error.stack);
  expect([reasonOf('text'), textOfThrown(5), stackOf('text')]).toEqual(['text', '5', undefined]);
});
