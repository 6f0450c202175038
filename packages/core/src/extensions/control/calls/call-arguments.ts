// Reads the arguments of a call, which may be anything. Each throws InvalidOptionError.
import * as check from '../../../checks/option-checks.js';
import { InvalidOptionError } from '../../../errors.js';
import type { Call } from '../protocol.js';

type Value = Call['args'][string];

/** The one argument of a call about a slot. */
export function slotIn(call: string, args: Call['args']): number {
  return number('slot', check.objectOf(call, args, ['slot']).slot);
}

export function flag(name: string, value: Value): boolean {
  return check.flag(name, (value ?? false) as boolean);
}

export function text(name: string, value: Value): string {
  if (typeof value === 'string') return value;
  throw new InvalidOptionError(`${name}: ${check.shown(value)} is not a string.`);
}

export function number(name: string, value: Value): number {
  if (typeof value === 'number') return value;
  throw new InvalidOptionError(`${name}: ${check.shown(value)} is not a number.`);
}
