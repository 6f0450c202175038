/**
 * The faults of options: thrown at once, or collected, so that a user hears of all of them in one go. Checks are the same
 * for both. They are synchronous, so no other code runs while faults are collected.
 */
import { InvalidOptionError } from '../errors.js';

let collected: Set<string> | undefined;

/**
 * A fault of an option, as a sentence that begins with the option's path.
 *
 * @returns `instead`, with which the checks go on where faults are collected. @throws InvalidOptionError where they are not
 */
export function fault<Value>(message: string, instead: Value): Value {
  if (!collected) throw new InvalidOptionError(message);
  collected.add(message);
  return instead;
}

/** For a check that throws by itself. Its fault does not keep others from being found. */
export function tried<Value>(check: () => Value, instead: Value): Value {
  try {
    return check();
  } catch (error) {
    if (error instanceof InvalidOptionError) return fault(error.message, instead);
    throw error;
  }
}

/** All that `check` finds, each once, and what it returned. */
export function collectFaults<Value>(check: () => Value): {
  readonly faults: readonly string[];
  readonly value: Value | undefined;
} {
  const before = collected;
  const found = new Set<string>();
  collected = found;
  try {
    const value = tried<Value | undefined>(check, undefined);
    return { faults: [...found], value };
  } finally {
    collected = before;
  }
}

/** @returns what `check` does. @throws InvalidOptionError with every fault that it finds */
export function withoutFaults<Value>(check: () => Value): Value {
  const { faults, value } = collectFaults(check);
  if (faults.length === 0) return value as Value;
  const [only = ''] = faults;
  throw new InvalidOptionError(
    faults.length === 1 ? only : `${faults.length} options cannot work:\n${listed(faults)}`,
  );
}

/** A line for each. */
export function listed(faults: readonly string[]): string {
  return faults.map((one) => `  ${one}`).join('\n');
}
