// Checks the options of callers: their names, and their values.
import { type OptionNames, optionsFault, shown } from '@muster/codec/options';
import { InvalidOptionError } from './errors.js';

/** @param taker such as `startProgram()`. @throws InvalidOptionError */
export function checkNames(taker: string, options: unknown, names: OptionNames): void {
  const fault = optionsFault(taker, options, names);
  if (fault !== undefined) throw new InvalidOptionError(fault);
}

/** @param is what it has to be, such as `a list of strings`. @throws InvalidOptionError */
export function check(name: string, value: unknown, is: string, holds: boolean): void {
  if (!holds) throw new InvalidOptionError(`${name} is ${is}, and not ${shown(value)}`);
}

interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** A whole number, or `Infinity` where no `max` is given. @throws InvalidOptionError */
export function whole(name: string, value: unknown, { min = 0, max }: Range = {}): number {
  if (value === Number.POSITIVE_INFINITY && max === undefined) return value;
  const most = max ?? Number.MAX_SAFE_INTEGER;
  const holds = Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= most;
  const range = max === undefined ? `of at least ${min}, or Infinity` : `from ${min} to ${max}`;
  check(name, value, `a whole number ${range}`, holds);
  return value as number;
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** @throws InvalidOptionError */
export function checkTexts(name: string, value: unknown): void {
  check(name, value, 'a list of strings', isTexts(value));
}
