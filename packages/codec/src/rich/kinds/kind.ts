// The contract of a kind: one sort of value that neither JSON nor superjson alone carries exactly.

import type { ValuePath } from '../value-path.js';

/**
 * Refuses, with its path, what cannot be carried of a value at which the path stands. True if JSON alone
 * carries it.
 */
export type Visit = (value: unknown, path: ValuePath) => boolean;

export interface Kind<T> {
  /** Stands in the text, so it never changes. */
  readonly name: string;

  is(value: unknown): value is T;

  /**
   * Refuses an object of this kind that its form would not bring back; `visit` checks the parts of it.
   * A kind of primitive, or of plain object, has none.
   */
  check?(value: T, path: ValuePath, visit: Visit): void;

  /**
   * The form that is written in the value's place. The parts of an Error, of a plain object and of one without a
   * prototype are carried by superjson in their turn; the form of anything else is JSON already.
   */
  toForm(value: T): unknown;

  /** The way back. The form comes from outside: throws at any that `toForm` does not make. */
  fromForm(form: unknown): T;
}
