// The numbers of a queue as a whole: one line under its first key.

/** The number of jobs in a state has the letter of the state as its name. */
export const NUMBERS = [
  /** How many jobs were ever added. */
  'seq',
  /** The fencing token of the last lease. */
  'token',
  /** The bytes of data of all jobs that are not done. */
  'bytes',
  /** 1 or 0. */
  'paused',
  /** The time at which the rate limit has its whole burst again, in microseconds since the epoch. */
  'tat',
  /** The time until which events are written. */
  'heard',
  /** How many events were ever written. */
  'events',
  'w',
  'd',
  'b',
  'l',
  'c',
  'f',
] as const;

export type Meta = Record<(typeof NUMBERS)[number], number>;

export function parseMeta(text: string | undefined): Meta {
  const numbers = (text ?? '').split(' ');
  const meta = {} as Meta;
  for (const [at, name] of NUMBERS.entries()) meta[name] = Number(numbers[at] ?? 0);
  return meta;
}

export function formatMeta(meta: Meta): string {
  return NUMBERS.map((name) => meta[name]).join(' ');
}

/** Parts of the keys of a queue, behind its first one. The letters of states are indexes. */
export const KEYS = {
  job: ':j',
  /** Set while the id of a done job is still taken. */
  dedupe: ':u',
  /** The packed ids of the jobs that wait for one job. */
  dependents: ':a',
  event: ':e',
  /** Written to wake idle workers. */
  wake: ':!w',
  /** Written when there are new events. */
  told: ':!e',
} as const;

/** How many events are kept for listeners that are behind. */
export const EVENTS_KEPT = 1_000;
export const EVENT_DIGITS = 14;

/** `a`dded, `t`aken, `p`rogress, `c`ompleted, `f`ailed, to be `r`etried, `s`talled, `x` for removed. */
export type EventLetter = 'a' | 't' | 'p' | 'c' | 'f' | 'r' | 's' | 'x';
