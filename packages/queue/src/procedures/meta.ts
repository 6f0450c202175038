// What is known of a queue as a whole: one line of numbers under its first key.

/** How many jobs are in a state has the letter of the state. */
export const NUMBERS = [
  /** Jobs that were ever added. */
  'seq',
  /** The fencing token of the last lease. */
  'token',
  /** Of the data of all jobs that are not done. */
  'bytes',
  /** 1 or 0. */
  'paused',
  /** When the rate limit has given back all that was taken: microseconds since the epoch. */
  'tat',
  /** Until when somebody listens to events. */
  'heard',
  /** Events that were ever told. */
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
  /** Set while the id of a job that is done is still taken. */
  dedupe: ':u',
  /** Packed ids of the jobs that wait for one. */
  dependents: ':a',
  event: ':e',
  /** Written when idle workers have something to look for. */
  wake: ':!w',
  /** Written when there are events for those who listen. */
  told: ':!e',
} as const;

/** Events that are kept for those who listen and are behind. */
export const EVENTS_KEPT = 1_000;
export const EVENT_DIGITS = 14;

/** `a`dded, `t`aken, `p`rogress, `c`ompleted, `f`ailed, to be `r`etried, `s`talled, `x` for removed. */
export type EventLetter = 'a' | 't' | 'p' | 'c' | 'f' | 'r' | 's' | 'x';
