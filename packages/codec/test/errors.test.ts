import { CorruptValueError, decode, MusterError, UnsupportedValueError } from '@muster/codec';
import { expect, test } from 'vitest';

class DiskGoneError extends MusterError {
  readonly code = 'MUSTER_DISK_GONE';
}

test('an error has the name of its class, in its stack too, and keeps its code and cause', () => {
  const cause = new Error('unplugged');
  const error = new DiskGoneError('The disk is gone', { cause });
  expect(error).toMatchObject({ name: 'DiskGoneError', code: 'MUSTER_DISK_GONE', cause });
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).toBe('DiskGoneError: The disk is gone');
  expect(error.stack?.split('\n')[0]).toBe('DiskGoneError: The disk is gone');
  expect(Object.keys(error)).toEqual(['code']);
});

test('the name of one error can be set, as on any Error', () => {
  const error = new DiskGoneError('x');
  error.name = 'Renamed';
  expect(error.name).toBe('Renamed');
  expect(Object.keys(error)).toEqual(['code']);
  expect(new DiskGoneError('x').name).toBe('DiskGoneError');
});

test('without a cause there is no cause', () => {
  expect('cause' in new UnsupportedValueError('$', 'x')).toBe(false);
});

test('a text that is cut off has the error of the parser as its cause', () => {
  expect(() => decode('{"a":')).toThrow(CorruptValueError);
  expect(() => decode('{"a":')).toThrow(
    expect.objectContaining({ code: 'MUSTER_CORRUPT_VALUE', cause: expect.any(SyntaxError) }),
  );
});
