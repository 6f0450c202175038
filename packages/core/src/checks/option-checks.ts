// Checks of single options. Each returns the value, or throws an error that names the option and says what to give.
import { InvalidOptionError } from '../errors.js';
import { didYouMean } from './nearest-name.js';

/** @throws InvalidOptionError if the value is not an object, or has a name that is not an option */
export function objectOf<Value extends object>(
  name: string,
  value: Value | undefined,
  known: readonly (keyof Value & string)[],
): Value {
  if (value === undefined) return {} as Value;
  assertObject(name, value, 'an object');
  const unknown = Object.keys(value).find((key) => !(known as readonly string[]).includes(key));
  if (unknown === undefined) return value;
  throw new InvalidOptionError(
    `${name}: there is no option ${shown(unknown)}.${didYouMean(unknown, known)} ${known.length === 0 ? 'It takes none.' : `There are ${known.join(', ')}.`}`,
  );
}

export function assertObject(name: string, value: unknown, wanted: string): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new InvalidOptionError(`${name} takes ${wanted}, and got ${shown(value)}.`);
}

/** `Infinity` becomes the largest number that JSON carries exactly: 285,000 years. */
export function milliseconds(name: string, given: number | undefined, standard: number): number {
  const value = given ?? standard;
  if (typeof value === 'number' && value >= 0) return Math.min(value, Number.MAX_SAFE_INTEGER);
  throw new InvalidOptionError(
    `${name}: ${shown(value)} is not a number of milliseconds, 0 or more.`,
  );
}

interface Duration {
  readonly name: string;
  readonly value: number | undefined;
  readonly standard: number;
}

/**
 * Two durations, the first no longer than the second. A default gives way to a given value.
 *
 * @throws InvalidOptionError if both were given and the first is longer
 */
export function ascending(short: Duration, long: Duration): [short: number, long: number] {
  const first = milliseconds(short.name, short.value, short.standard);
  const second = milliseconds(long.name, long.value, long.standard);
  if (first <= second) return [first, second];
  if (short.value === undefined) return [second, second];
  if (long.value === undefined) return [first, first];
  throw new InvalidOptionError(
    `${short.name}: ${short.value} is longer than ${long.name}, which is ${long.value}.`,
  );
}

/** A whole number of at least `least`. */
export function count(name: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidOptionError(
    `${name}: ${shown(value)} is not a whole number of ${least} or more.`,
  );
}

/** For one role. More processes than any machine has cores are a slip, and would take the machine down. */
export const MAX_WORKERS = 1_024;

export function workerCount(name: string, value: number, least: 0 | 1): number {
  if (count(name, value, least) <= MAX_WORKERS) return value;
  throw new InvalidOptionError(
    `${name}: ${shown(value)} is more than ${MAX_WORKERS}. A worker for each core is what a machine can use.`,
  );
}

export function oneOf<Value extends string>(
  name: string,
  value: Value,
  allowed: readonly Value[],
): Value {
  if (allowed.includes(value)) return value;
  throw new InvalidOptionError(
    `${name}: ${shown(value)} is not one of ${allowed.map(shown).join(', ')}.`,
  );
}

export function flag(name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  throw new InvalidOptionError(`${name}: ${shown(value)} is neither true nor false.`);
}

export function text(name: string, value: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new InvalidOptionError(`${name}: ${shown(value)} is not a string.`);
}

export function texts(name: string, value: readonly string[]): readonly string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new InvalidOptionError(`${name} takes a list of strings, and got ${shown(value)}.`);
}

/** Environment variables, for example. */
export function textsByName(name: string, value: Record<string, string>): Record<string, string> {
  assertObject(name, value, 'an object of strings');
  for (const [key, one] of Object.entries(value)) {
    if (typeof one === 'string') continue;
    throw new InvalidOptionError(`${name}.${key}: ${shown(one)} is not a string.`);
  }
  return value;
}

/** `undefined` means no signal. Anything shaped like a signal passes: it may come from another realm. */
export function abortSignal(name: string, value: AbortSignal | undefined): void {
  if (value === undefined || isSignal(value)) return;
  const hint = isSignal((value as { signal?: unknown } | null)?.signal)
    ? ' Give the `signal` of the controller.'
    : '';
  throw new InvalidOptionError(`${name}: ${shown(value)} is not an AbortSignal.${hint}`);
}

function isSignal(value: unknown): boolean {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

/** Options that consist of options, any of which may be `null` by mistake as well. */
const GROUPS: readonly string[] = [
  ...['ready', 'drain', 'restart', 'giveUp', 'health', 'reload', 'admin', 'control', 'sticky'],
];

/** To omit an option, leave it out or give `undefined`. @throws InvalidOptionError for `null` */
export function assertNoNull(at: string, options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === null) {
      throw new InvalidOptionError(
        `${at}${name}: null is no value. Leave the option out to have its default.`,
      );
    }
    if (GROUPS.includes(name) && typeof value === 'object') assertNoNull(`${at}${name}.`, value);
  }
}

/** Property names that are shown of an object. */
const MAX_SHOWN = 5;

/** Describes a value for a message: what it is, and only a few words of what it holds. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return value.name ? `the function ${value.name}` : 'a function';
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `a list of ${value.length}`;
  if (typeof value !== 'object' || value === null) return String(value);
  const { name = 'Object' } = (value.constructor ?? {}) as { name?: string };
  const kind = name === 'Object' ? 'an object' : `an object of ${name}`;
  const keys = Object.keys(value);
  const more = keys.length > MAX_SHOWN ? ', …' : '';
  return keys.length === 0 ? kind : `${kind} with ${keys.slice(0, MAX_SHOWN).join(', ')}${more}`;
}
