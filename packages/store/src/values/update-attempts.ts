// One attempt of update() and of transaction().
import { shown } from '@muster/codec/options';
import type { Engine } from '../engine.js';
import type { Lifetime } from '../entries/lifetime.js';
import type { ValueCodec } from '../entries/value-codec.js';
import { InvalidOptionError } from '../errors.js';
import type { TransactionHandle } from './contract.js';
import { compareAndSet } from './procedures/compare-and-set.js';
import { runWithSteps } from './procedures/compare-and-set-many.js';
import type { AttemptSteps } from './transaction-steps.js';
import type { Update } from './updates.js';

/** The most keys of a transaction that its errors name. */
const MOST_NAMES = 4;

/** The lifetimes of the entries that are written. */
export interface Lifetimes {
  readonly lifetime: Lifetime;
  /** The lifetime of a key that is created. */
  readonly lifetimeOfNew: Lifetime;
}

interface Change extends Lifetimes {
  readonly engine: Engine;
  readonly codec: ValueCodec;
}

interface ChangeOfOne<T> extends Change {
  /** The key as the caller gave it. */
  readonly key: string;
  readonly full: string;
  readonly next: (current: T | undefined) => T | undefined | Promise<T | undefined>;
}

/** Values in the order of the keys. */
type InOrder<T> = readonly (T | undefined)[];

interface ChangeOfMany<T> extends Change {
  readonly keys: readonly string[];
  readonly full: readonly string[];
  /** Begins the steps of an attempt. */
  readonly begin: () => AttemptSteps;
  readonly next: (
    current: (T | undefined)[],
    transaction: TransactionHandle,
  ) => InOrder<T> | undefined | Promise<InOrder<T> | undefined>;
}

export function changeOfOne<T>(change: ChangeOfOne<T>): Update<T | undefined> {
  const { engine, codec, key, full, next, lifetime, lifetimeOfNew } = change;
  return {
    keys: [full],
    what: `The update of ${JSON.stringify(key)}`,
    key,
    async attempt(progress) {
      const expected = await engine.get(full);
      if (progress.isOver) return undefined;
      const current = expected === undefined ? undefined : (codec.decode(key, expected) as T);
      const output = await next(current);
      if (progress.isOver) return undefined;
      const text = output === undefined ? undefined : codec.encode(key, output);
      if (text === expected && (text === undefined || lifetime === 'keep')) return { output };
      const input = {
        expected,
        next: text,
        lifetime: expected === undefined ? lifetimeOfNew : lifetime,
      };
      progress.isWriting = true;
      return (await engine.run(compareAndSet, [full], input, progress)) ? { output } : undefined;
    },
  };
}

export function changeOfMany<T>(change: ChangeOfMany<T>): Update<(T | undefined)[] | undefined> {
  const { engine, codec, keys, full, begin, next, lifetime, lifetimeOfNew } = change;
  return {
    keys: full,
    what: `The transaction on ${named(keys)}`,
    key: keys.length === 1 ? keys[0] : undefined,
    async attempt(progress) {
      const expected = await engine.getMany(full);
      if (progress.isOver) return undefined;
      const current = keys.map((key, position) => {
        const text = expected[position];
        return text === undefined ? undefined : (codec.decode(key, text) as T);
      });
      const steps = begin();
      const given = await steps.during(() => next(current, steps));
      if (progress.isOver) return undefined;
      if (given === undefined) return { output: undefined };
      if (!Array.isArray(given) || given.length !== keys.length) {
        throw new InvalidOptionError(
          `The function of transaction() returns an array of ${keys.length}, one value for each key, or undefined to change ` +
            `nothing, and not ${shown(given)}`,
        );
      }
      const output = Array.from(given as (T | undefined)[]);
      const texts = output.map((value, position) =>
        value === undefined ? undefined : codec.encode(keys[position] ?? '', value),
      );
      const entries = texts.map((text, position) => ({
        expected: expected[position],
        next: text,
        lifetime: expected[position] === undefined ? lifetimeOfNew : lifetime,
      }));
      progress.isWriting = true;
      const isChanged = await runWithSteps(engine, full, entries, steps.runs, progress);
      return isChanged ? { output } : undefined;
    },
  };
}

/** The first keys by their names, the others by their number. */
function named(keys: readonly string[]): string {
  const names = keys.slice(0, MOST_NAMES).map((key) => JSON.stringify(key));
  const rest = keys.length - names.length;
  return [...names, ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}
