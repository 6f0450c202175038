// The numbers of a queue as a whole: one line under its first key.
import { SEQ_MOST } from './record.js';

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
  /** No job is due in the indexes `d` and `l` before this time; `NEVER` if there is none. */
  'soon',
  /** How often something was found that no queue wrote, and that may have left jobs behind; 0 after a mending. */
  'lost',
  'w',
  'd',
  'b',
  'l',
  'c',
  'f',
] as const;

/** Behind all times. */
export const NEVER = Number.MAX_SAFE_INTEGER;

export type Meta = Record<(typeof NUMBERS)[number], number>;

/** @returns `undefined` if it is not the text of numbers of a queue. */
export function readMeta(text: string): Meta | undefined {
  const words = text.split(' ');
  const meta = {} as Meta;
  if (words.length !== NUMBERS.length) return undefined;
  for (const [at, name] of NUMBERS.entries()) {
    const number = Number(words[at]);
    if (!Number.isSafeInteger(number) || number < 0) return undefined;
    meta[name] = number;
  }
  return meta.seq <= SEQ_MOST ? meta : undefined;
}

/**
 * The numbers of a queue that has none, or whose numbers are lost.
 *
 * @param now 0 for a new queue. If numbers were lost, those that must only grow go on from the time, which is beyond all of them.
 */
export function freshMeta(now: number): Meta {
  const meta = {} as Meta;
  for (const name of NUMBERS) meta[name] = 0;
  const soon = now === 0 ? NEVER : 0;
  return { ...meta, seq: now, token: now * 1_000, events: now, soon };
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
  /** A job that has ended, without its data, for callers that wait for it: it may be kept no longer. */
  ended: ':r',
  event: ':e',
  /** Written to wake idle workers. */
  wake: ':!w',
  /** Written when there are new events. */
  told: ':!e',
  /** Set for a while after a process has begun to mend the queue. */
  mending: ':!m',
  /** There is no such key. */
  never: ':?',
} as const;

/** How long an end is noted, in milliseconds: of a job that somebody waits for, and of one whose queue keeps hardly any. */
export const ENDED_MS = { awaited: 60_000, brief: 5_000 } as const;

/** How many events are kept for listeners that are behind. */
export const EVENTS_KEPT = 1_000;
export const EVENT_DIGITS = 14;

/** `a`dded, `t`aken, `p`rogress, `c`ompleted, `f`ailed, to be `r`etried, `s`talled, `x` for removed. */
export type EventLetter = 'a' | 't' | 'p' | 'c' | 'f' | 'r' | 's' | 'x';
