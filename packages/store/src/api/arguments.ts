// Checks of arguments, before a call does anything.
import { shown } from '@muster/codec/options';
import { InvalidOptionError } from '../errors.js';

/** @throws InvalidOptionError. @param what such as `watch calls`. */
export function checkFunction(what: string, fn: unknown): void {
  if (typeof fn === 'function') return;
  throw new InvalidOptionError(`${what} a function, and not ${shown(fn)}`);
}

/** @throws InvalidOptionError */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal === null) return;
  if (typeof (signal as Partial<AbortSignal>).throwIfAborted === 'function') return;
  throw new InvalidOptionError(
    `signal is an AbortSignal, and not ${shown(signal)}; for an AbortController, give controller.signal`,
  );
}

/**
 * The items as an array. A string is refused, although it can be iterated: a caller who passes one key does not mean its letters.
 *
 * @throws InvalidOptionError, and what the iterable throws.
 */
export function itemsOf<Item>(call: string, items: Iterable<Item>): Item[] {
  if (typeof items === 'string' || typeof items?.[Symbol.iterator] !== 'function') {
    throw new InvalidOptionError(`${call} takes an array or a Set, and not ${shown(items)}`);
  }
  return [...items];
}
