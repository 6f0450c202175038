// Checks of single options. Each returns the value, or reports a fault that names the option and says what to give.
import { fault } from './faults.js';
import { didYouMean } from './nearest-name.js';

/** A fault if the value is not an object, and one for each name that is not an option. */
export function objectOf<Value extends object>(
  name: string,
  value: Value | undefined,
  known: readonly (keyof Value & string)[],
): Value {
  if (value === undefined) return {} as Value;
  if (!isObject(name, value, 'an object')) return {} as Value;
  for (const key of Object.keys(value)) {
    if ((known as readonly string[]).includes(key)) continue;
    const all = known.length === 0 ? ' It takes none.' : ` There are ${known.join(', ')}.`;
    const hint = didYouMean(key, known) || all;
    fault(`${name}: there is no option ${shown(key)}.${hint}`, value);
  }
  return value;
}

/**
 * Whether an option is missing and `given` has another that is unknown, or is no object at all. `objectOf` has told that
 * fault, so that nothing is to be said of the missing one: it may be the one that is misspelt.
 */
export function isMisspelt(given: object, name: string, known: readonly string[]): boolean {
  if (typeof given !== 'object' || Array.isArray(given)) return true;
  const { [name]: value } = given as Record<string, unknown>;
  return value === undefined && Object.keys(given).some((key) => !known.includes(key));
}

/** Reports a fault if it is none. */
export function isObject(name: string, value: unknown, wanted: string): boolean {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return true;
  return fault(`${name} takes ${wanted}, and got ${shown(value)}.`, false);
}

/** `Infinity` becomes the largest number that JSON carries exactly: 285,000 years. */
export function milliseconds(name: string, given: number | undefined, standard: number): number {
  const value = given ?? standard;
  if (typeof value === 'number' && value >= 0) return Math.min(value, Number.MAX_SAFE_INTEGER);
  return fault(`${name}: ${shown(value)} is not a number of milliseconds, 0 or more.`, standard);
}

interface Duration {
  readonly name: string;
  readonly value: number | undefined;
  readonly standard: number;
}

/** Two durations, the first no longer than the second. A default gives way to a given value. */
export function ascending(short: Duration, long: Duration): [short: number, long: number] {
  const first = milliseconds(short.name, short.value, short.standard);
  const second = milliseconds(long.name, long.value, long.standard);
  if (first <= second) return [first, second];
  if (short.value === undefined) return [second, second];
  if (long.value === undefined) return [first, first];
  return fault(
    `${short.name}: ${short.value} is longer than ${long.name}, which is ${long.value}.`,
    [second, second],
  );
}

/** A whole number of at least `least`. */
export function count(name: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  return fault(`${name}: ${shown(value)} is not a whole number of ${least} or more.`, least);
}

/** For one role. More processes than any machine has cores are a slip, and would take the machine down. */
export const MAX_WORKERS = 1_024;

export function workerCount(name: string, value: number, least: 0 | 1): number {
  if (count(name, value, least) <= MAX_WORKERS) return value;
  return fault(
    `${name}: ${shown(value)} is more than ${MAX_WORKERS}. A worker for each core is what a machine can use.`,
    MAX_WORKERS,
  );
}

export function oneOf<Value extends string>(
  name: string,
  value: Value,
  allowed: readonly [Value, ...Value[]],
): Value {
  if (allowed.includes(value)) return value;
  const choices = allowed.map(shown).join(', ');
  return fault(`${name}: ${shown(value)} is not one of ${choices}.`, allowed[0]);
}

export function flag(name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  return fault(`${name}: ${shown(value)} is neither true nor false.`, false);
}

export function text(name: string, value: string): string {
  if (typeof value === 'string' && value !== '') return value;
  return fault(`${name}: ${shown(value)} is not a string.`, '');
}

/** A string that is `wanted`: `a name, such as "shop"`. */
export function textThat(
  name: string,
  value: string,
  isRight: (value: string) => boolean,
  wanted: string,
): string {
  const given = text(name, value);
  if (given === '' || isRight(given)) return given;
  return fault(`${name}: ${shown(given)} is not ${wanted}.`, given);
}

export function texts(name: string, value: readonly string[]): readonly string[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  return fault(`${name} takes a list of strings, and got ${shown(value)}.`, []);
}

/** Environment variables, for example. */
export function textsByName(name: string, value: Record<string, string>): Record<string, string> {
  if (!isObject(name, value, 'an object of strings')) return {};
  for (const [key, one] of Object.entries(value)) {
    if (typeof one !== 'string') fault(`${name}.${key}: ${shown(one)} is not a string.`, one);
  }
  return value;
}

/** `undefined` means no signal. Anything shaped like a signal passes: it may come from another realm. */
export function abortSignal(name: string, value: AbortSignal | undefined): void {
  if (value === undefined || isSignal(value)) return;
  const hint = isSignal((value as { signal?: unknown } | null)?.signal)
    ? ' Give the `signal` of the controller.'
    : '';
  fault(`${name}: ${shown(value)} is not an AbortSignal.${hint}`, undefined);
}

function isSignal(value: unknown): boolean {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

/** Options that consist of options, any of which may be `null` by mistake as well. */
const GROUPS: readonly string[] = [
  ...[
    'workers',
    'ready',
    'drain',
    'restart',
    'giveUp',
    'health',
    'reload',
    'admin',
    'control',
    'sticky',
    'logs',
  ],
];

/** Levels of groups in groups. An object may hold itself. */
const MAX_GROUPS = 5;

/**
 * The options with `undefined` in the place of each `null`, which is a fault: to omit an option, leave it out or give
 * `undefined`.
 */
export function withoutNull<Options extends object>(
  at: string,
  options: Options,
  depth = 0,
): Options {
  const changed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === null) {
      const why = 'null is no value. Leave the option out to have its default.';
      changed[name] = fault(`${at}${name}: ${why}`, undefined);
    } else if (depth < MAX_GROUPS && GROUPS.includes(name) && typeof value === 'object') {
      const inner = withoutNull(`${at}${name}.`, value, depth + 1);
      if (inner !== value) changed[name] = inner;
    }
  }
  return Object.keys(changed).length === 0 ? options : { ...options, ...changed };
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
