// Checks the options and arguments of callers: their names, and their values.
import { type OptionNames, optionsFault, shown } from '@muster/codec/options';
import { InvalidOptionError } from '../errors.js';

/** @param taker such as `createQueue()`. @throws InvalidOptionError */
export function checkNames(taker: string, options: unknown, names: OptionNames): void {
  const fault = optionsFault(taker, options, names);
  if (fault !== undefined) throw new InvalidOptionError(fault);
}

/** For a call that takes nothing. @throws InvalidOptionError */
export function checkNone(call: string, given: readonly unknown[]): void {
  if (given.length === 0 || given[0] === undefined) return;
  throw new InvalidOptionError(`${call} takes no arguments, and not ${shown(given[0])}`);
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** @throws InvalidOptionError */
export function whole(name: string, value: unknown, { min, max }: Range): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) {
    return value;
  }
  const most = max >= Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new InvalidOptionError(`${name} is a whole number ${most}, and not ${shown(value)}`);
}

/** As `whole`, or `Infinity`. */
export function wholeOrInfinite(name: string, value: unknown, min: number): number {
  if (value === Number.POSITIVE_INFINITY) return value;
  return whole(name, value, { min, max: Number.MAX_SAFE_INTEGER });
}

/** @throws InvalidOptionError */
export function between(name: string, value: unknown, { min, max }: Range): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw new InvalidOptionError(
    `${name} is a number from ${min} to ${max}, and not ${shown(value)}`,
  );
}

/** @throws InvalidOptionError */
export function checkCallback(name: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new InvalidOptionError(`${name} is a function, and not ${shown(value)}`);
}

/** @throws InvalidOptionError */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new InvalidOptionError(`signal is an AbortSignal, and not ${shown(signal)}`);
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** @param what such as `A queue's name`. @throws InvalidOptionError */
export function checkText(what: string, text: unknown, maxBytes: number): string {
  const isText = typeof text === 'string' && text !== '' && !LONE_SURROGATE.test(text);
  // In the indexes of a queue, a NUL ends the name of a job.
  if (isText && !text.includes('\0') && Buffer.byteLength(text) <= maxBytes) return text;
  throw new InvalidOptionError(
    `${what} is text of 1 to ${maxBytes} bytes of UTF-8 without a NUL, and not ${shown(text)}`,
  );
}
