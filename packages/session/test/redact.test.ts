import { expect, test } from 'vitest';
import { oddThrows } from '../../../test/support/odd-throws.js';
import { redact } from '../src/secrets/redact.js';

test.each(Object.entries(oddThrows))(
  '%s as the cause of an error keeps no error from being told',
  (_name, make) => {
    const error = new Error('no "key"', { cause: make() });
    expect(redact(error, true)).toBe(error);
    expect(error.message).toBe('no "…"');
  },
);

test('errors that are the cause of each other', () => {
  const error: Error & { cause?: unknown } = new Error('a "key"');
  error.cause = new Error('another "key"', { cause: error });
  redact(error, true);
  expect(error.cause).toMatchObject({ message: 'another "…"' });
});

test('a cause that cannot be changed is left out, as it says the key', () => {
  const error = new Error('a', { cause: Object.freeze(new Error('the "key"')) });
  redact(error, true);
  expect(error.cause).toBeUndefined();
});
