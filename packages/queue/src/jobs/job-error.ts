// Errors as jobs keep them: the parts that people need, as text.
import { decode, encode } from '@muster/codec';
import { isError, reasonOf, stackOf } from '@muster/codec/thrown';
import type { JobError } from '../queue.js';

const MESSAGE_LENGTH = 4_096;
const STACK_LENGTH = 8_192;

/** @returns codec text */
export function writtenError(thrown: unknown): string {
  return encode({
    name: isError(thrown) ? (textIn(thrown, 'name') ?? 'Error') : 'Error',
    message: reasonOf(thrown).slice(0, MESSAGE_LENGTH),
    code: textIn(thrown, 'code'),
    stack: stackOf(thrown)?.slice(0, STACK_LENGTH),
  });
}

/** @returns `undefined` if it is not the text of an error. */
export function readError(text: string): JobError | undefined {
  if (text === '') return undefined;
  const found = decode(text) as Partial<JobError> | undefined;
  if (typeof found?.message !== 'string') return undefined;
  const { name = 'Error', message, code, stack } = found;
  return { name, message, code, stack };
}

/** A getter may throw. */
function textIn(thrown: unknown, field: 'name' | 'code'): string | undefined {
  try {
    const value: unknown = (thrown as Record<string, unknown> | undefined)?.[field];
    return typeof value === 'string' ? value.slice(0, 200) : undefined;
  } catch {
    return undefined;
  }
}
