// increment(): its options, checked, and the procedure that carries it out.
import { shown } from '@muster/codec/options';
import { checkFlag, checkOptions, OPTIONS } from '../api/strict-options.js';
import type { Engine } from '../engine.js';
import type { Lifetime } from '../entries/lifetime.js';
import { InvalidOptionError, WrongTypeError } from '../errors.js';
import type { Counter, IncrementOptions } from '../store.js';
import { increment } from './procedures/increment.js';
import { incrementWithinWithTtl, incrementWithTtl } from './procedures/increment-with-ttl.js';
import { type Bounds, incrementWithin } from './procedures/increment-within.js';

/** `IncrementOptions` whose `withTtl` may be true. */
export type AnyIncrementOptions = Omit<IncrementOptions, 'withTtl'> & {
  withTtl?: boolean | undefined;
};

/** An increment with checked options. */
export interface Increment {
  readonly by: number;
  readonly lifetime: Lifetime;
  readonly bounds: Bounds | undefined;
  readonly withTtl: boolean;
}

/** @param lifetimeOf gives the lifetime of a new counter. @throws InvalidOptionError */
export function incrementOf(
  by: number,
  options: AnyIncrementOptions | undefined,
  lifetimeOf: (options: AnyIncrementOptions | undefined) => Lifetime,
): Increment {
  if (!Number.isSafeInteger(by)) {
    const hint = typeof by === 'object' && by !== null ? '; options come third, after it' : '';
    throw new InvalidOptionError(`increment adds a safe integer, and not ${shown(by)}${hint}`);
  }
  checkOptions('increment()', options, OPTIONS.increment);
  checkFlag('withTtl', options?.withTtl);
  return {
    by,
    lifetime: lifetimeOf(options),
    bounds: boundsOf(options),
    withTtl: options?.withTtl === true,
  };
}

/** @returns `undefined` if the sum would be out of bounds. @throws WrongTypeError */
export async function runIncrement(
  engine: Engine,
  key: string,
  full: string,
  { by, lifetime, bounds, withTtl }: Increment,
): Promise<number | Counter | undefined> {
  const input = { by, lifetime };
  if (withTtl) {
    const { sum, ttlMs } = bounds
      ? await engine.run(incrementWithinWithTtl, [full], { ...input, ...bounds })
      : await engine.run(incrementWithTtl, [full], input);
    const value = checkedSum(key, by, sum);
    return value === undefined ? undefined : { value, ttlMs };
  }
  const sum = bounds
    ? await engine.run(incrementWithin, [full], { ...input, ...bounds })
    : await engine.run(increment, [full], input);
  return checkedSum(key, by, sum);
}

function checkedSum(
  key: string,
  by: number,
  sum: number | 'out of bounds' | undefined,
): number | undefined {
  if (sum === 'out of bounds') return undefined;
  if (sum === undefined) {
    const reason = `cannot be incremented by ${by}: it is not a safe integer, or would not stay one; set it anew`;
    throw new WrongTypeError(key, reason);
  }
  return sum;
}

/** @returns `undefined` if there are no bounds. */
function boundsOf(options: AnyIncrementOptions | undefined): Bounds | undefined {
  if (options?.min === undefined && options?.max === undefined) return undefined;
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min > max) {
    throw new InvalidOptionError(
      `min and max must be safe integers, min not above max, and are ${shown(options.min)} and ${shown(options.max)}`,
    );
  }
  return { min, max };
}
