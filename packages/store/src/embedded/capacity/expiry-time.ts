// When an entry ends, in the one number that is stored of it: LMDB's version of the entry, a double.

/** The two clocks by which entries end, both in milliseconds since the epoch. */
export interface Times {
  /** That of clock.ts, which nobody can set: for whatever lives for so long. */
  readonly now: number;
  /** The time of day: for whatever ends at a time that a caller gave. */
  readonly wall: number;
}

export const NEVER = 0;

/**
 * The end of an evictable entry that does not expire is this and the time at which it was written: above the end of
 * time (8.64e15), where no clock comes, and still exact as a double.
 */
export const AGELESS = 8.64e15 + 1;

/** From here on doubles have no halves. It is the year 144683. */
const NO_HALVES = 2 ** 52;

/** A half more says that the time of day counts. */
export function endByWall(until: number): number {
  // 0 is over, where the end 0 would mean never.
  return until < NO_HALVES ? Math.max(until, 1) + 0.5 : until;
}

export function isByWall(end: number): boolean {
  return !Number.isInteger(end);
}

export function isOver(end: number, times: Times): boolean {
  if (end === NEVER) return false;
  return isByWall(end) ? end - 0.5 <= times.wall : end <= times.now;
}

/** On the clock that nobody can set, as the two are now. */
export function endByNow(end: number, { now, wall }: Times): number {
  return isByWall(end) ? end - 0.5 - wall + now : end;
}
