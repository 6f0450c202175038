// Single options, checked: each gives the value, or throws an error that names it and says what to give.
import { ClusterMisuseError } from '../errors.js';

/** @throws ClusterMisuseError for a value that is no object, and for a name that no option has. */
export function objectOf<Value extends object>(
  name: string,
  value: Value | undefined,
  known: readonly (keyof Value & string)[],
): Value {
  if (value === undefined) return {} as Value;
  assertObject(name, value, 'an object');
  const unknown = Object.keys(value).find((key) => !(known as readonly string[]).includes(key));
  if (unknown === undefined) return value;
  throw new ClusterMisuseError(
    `${name}: there is no option ${shown(unknown)}. There are ${known.join(', ')}.`,
  );
}

export function assertObject(name: string, value: unknown, wanted: string): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new ClusterMisuseError(`${name} takes ${wanted}, and got ${shown(value)}.`);
}

/** `Infinity` comes back as the largest number that JSON carries: 285,000 years. */
export function milliseconds(name: string, given: number | undefined, standard: number): number {
  const value = given ?? standard;
  if (typeof value === 'number' && value >= 0) return Math.min(value, Number.MAX_SAFE_INTEGER);
  throw new ClusterMisuseError(
    `${name}: ${shown(value)} is not a number of milliseconds, 0 or more.`,
  );
}

/** A whole number of at least `least`. */
export function count(name: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new ClusterMisuseError(
    `${name}: ${shown(value)} is not a whole number of ${least} or more.`,
  );
}

export function oneOf<Value extends string>(
  name: string,
  value: Value,
  allowed: readonly Value[],
): Value {
  if (allowed.includes(value)) return value;
  throw new ClusterMisuseError(
    `${name}: ${shown(value)} is none of ${allowed.map(shown).join(', ')}.`,
  );
}

export function flag(name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  throw new ClusterMisuseError(`${name}: ${shown(value)} is neither true nor false.`);
}

export function text(name: string, value: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new ClusterMisuseError(`${name}: ${shown(value)} is not a text.`);
}

export function texts(name: string, value: readonly string[]): readonly string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new ClusterMisuseError(`${name} takes a list of texts, and got ${shown(value)}.`);
}

export function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
