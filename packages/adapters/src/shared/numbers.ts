// Numbers that an app computes for a request, which may be anything.
import { shown } from '@muster/codec/options';
import { InvalidOptionError } from '@muster/store';

/** A century: more than any window, and exact in a double. */
export const LONGEST_MS = 100 * 365.25 * 86_400_000;

/** @param least included. */
export function wholeNumber(value: number, least: number): number {
  return Math.min(Math.max(Math.trunc(Number(value)) || 0, least), LONGEST_MS);
}

/**
 * What the app meant as a number, with text such as `'60'`, which the libraries take.
 *
 * @param what it is called in the library.
 * @throws InvalidOptionError for what is no number, and for `NaN`.
 */
export function numberOf(what: string, given: unknown): number {
  const isText = typeof given === 'string' && given.trim() !== '';
  const value = isText ? Number(given) : given;
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw new InvalidOptionError(`${what} is a number, and not ${shown(given)}`);
}

/** @throws InvalidOptionError as of `numberOf`, and below 0. */
export function amountOf(what: string, given: unknown): number {
  const value = numberOf(what, given);
  if (value >= 0) return value;
  throw new InvalidOptionError(`${what} is 0 or more, and not ${shown(given)}`);
}
