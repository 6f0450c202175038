// What callers give, checked before anything is done with it.
import { InvalidArgumentError } from './errors.js';

/** For messages: text in quotes, so that `'5'` is not taken for a number. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  // An object may have no text, or one of its own.
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** @throws InvalidArgumentError. @param what such as `watch calls`. */
export function checkFunction(what: string, fn: unknown): void {
  if (typeof fn === 'function') return;
  throw new InvalidArgumentError(`${what} a function, and not ${shown(fn)}`);
}

/** @throws InvalidArgumentError */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal === null) return;
  if (typeof (signal as Partial<AbortSignal>).throwIfAborted === 'function') return;
  throw new InvalidArgumentError(
    `signal is an AbortSignal, and not ${shown(signal)}; of an AbortController, give its signal`,
  );
}

/**
 * As an array. Text is refused, although it can be iterated: who gives one key means it, and not its letters.
 *
 * @throws InvalidArgumentError, and what the iterable throws.
 */
export function itemsOf<Item>(call: string, items: Iterable<Item>): Item[] {
  if (typeof items === 'string' || typeof items?.[Symbol.iterator] !== 'function') {
    throw new InvalidArgumentError(`${call} takes an array or a Set, and not ${shown(items)}`);
  }
  return [...items];
}
