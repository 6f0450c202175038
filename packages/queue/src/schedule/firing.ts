// Decides what to do when a due time has come. Pure.
import type { Times } from './times.js';

export interface MissedRule {
  readonly missed: 'once' | 'skip';
  readonly graceMs: number;
}

export interface Firing {
  /** The last due time up to now. */
  readonly latest: number;
  /** The due time to run for; `undefined` if it is too late for all. */
  readonly due: number | undefined;
  /** How many due times are left out: those before that one, or all. */
  readonly missed: number;
  readonly next: number | undefined;
}

/** The largest count of due times. */
export const MISSED_MOST = 1_000;

/**
 * Where a schedule begins that is new or has changed: after now, and after the due time of its last run, since each due time has one.
 * The only due time may be over without having been handled.
 */
export function firstDue(times: Times, now: number, last: number): number | undefined {
  const late = times.upTo(now) ?? 0;
  return times.after(Math.max(now, last)) ?? (late > last ? late : undefined);
}

/** @param due the first due time that was not handled. @param now not before it. */
export function firingAt(times: Times, rule: MissedRule, due: number, now: number): Firing {
  const latest = Math.max(times.upTo(now) ?? due, due);
  const next = times.after(Math.max(now, latest));
  const before = countBefore(times, due, latest);
  const isTooLate = rule.missed === 'skip' && now - latest > rule.graceMs;
  if (isTooLate) return { latest, due: undefined, missed: Math.min(before + 1, MISSED_MOST), next };
  return { latest, due: latest, missed: before, next };
}

/** Due times from `first` on and before `last`. */
function countBefore(times: Times, first: number, last: number): number {
  let count = 0;
  for (let time = first; time < last && count < MISSED_MOST; count++) {
    time = times.after(time) ?? last;
  }
  return count;
}

/**
 * How far the clock that decides is ahead of this process's: 0 as far as one can tell.
 *
 * @param told what it showed between `start` and `end` of this process's clock.
 */
export function clockOffset(start: number, told: number, end: number): number {
  if (told < start) return told - start;
  return told > end ? told - end : 0;
}
