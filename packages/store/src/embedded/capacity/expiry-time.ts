// The end of an entry as one number: LMDB stores it as the version of the entry, a double.

/** The two clocks by which entries end, both in milliseconds since the epoch. */
export interface Times {
  /** The clock of clock.ts: for entries with a `ttlMs`. */
  readonly now: number;
  /** The time of day: for entries with an `expiresAt`. */
  readonly wall: number;
}

export const NEVER = 0;

/**
 * The end of an evictable entry that does not expire is this plus the time of its write: above the end of time (8.64e15), which no clock
 * reaches, and still exact as a double.
 */
export const AGELESS = 8.64e15 + 1;

/** From this number on (the year 144683) doubles have no halves. */
const NO_HALVES = 2 ** 52;

/** An additional half marks an end by the time of day. */
export function endByWall(until: number): number {
  // An end of 0 would mean never.
  return until < NO_HALVES ? Math.max(until, 1) + 0.5 : until;
}

export function isByWall(end: number): boolean {
  return !Number.isInteger(end);
}

export function isOver(end: number, times: Times): boolean {
  if (end === NEVER) return false;
  return isByWall(end) ? end - 0.5 <= times.wall : end <= times.now;
}

/** The end on the clock of clock.ts, given the current times of both clocks. */
export function endByNow(end: number, { now, wall }: Times): number {
  return isByWall(end) ? end - 0.5 - wall + now : end;
}
