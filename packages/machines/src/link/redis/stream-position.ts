// Where a reader of a stream is, and whether that place still means what it did.

/** `milliseconds-number`, as the ids of a stream. */
export type Position = string;

export const START: Position = '0-0';

export function timeOf(position: Position): number {
  return Number(position.slice(0, position.indexOf('-')));
}

/** The place before whatever is appended from this time on. */
export function before(ms: number): Position {
  return `${ms - 1}-18446744073709551615`;
}

export function isBefore(one: Position, other: Position): boolean {
  const [ms = 0, number = 0] = one.split('-').map(Number);
  const [otherMs = 0, otherNumber = 0] = other.split('-').map(Number);
  return ms < otherMs || (ms === otherMs && number < otherNumber);
}

/** What the stream has now. */
export interface Extent {
  /** `undefined` where it is empty. */
  readonly oldest: Position | undefined;
  readonly newest: Position | undefined;
  /** Whether the entry is there that was read last. */
  readonly hasLast: boolean;
}

/**
 * Where to go on after a break. A stream that has lost its end in a failover, or all of it, is read from its start: its ids
 * say nothing about what was read of it before.
 */
export function resumeAt(last: Position, { oldest, newest, hasLast }: Extent): Position {
  if (oldest === undefined || newest === undefined || isBefore(newest, last)) return START;
  if (hasLast || isBefore(last, oldest)) return last;
  return START;
}
