// The due times of a schedule. Pure, but for the time zones that Node knows.
import { shown } from '@muster/codec/options';
import { timeOfDay } from '@muster/codec/timers';
import { Cron } from 'croner';
import { InvalidOptionError } from '../errors.js';
import { checkText, whole } from '../options/checks.js';

/** All times are milliseconds since the epoch. */
export interface Times {
  /** The declaration as text, which is the same for the same due times. */
  readonly spec: string;
  /** The first due time after this one. */
  after(time: number): number | undefined;
  /** The last due time up to this one. */
  upTo(time: number): number | undefined;
}

interface Given {
  readonly cron?: unknown;
  readonly timeZone?: unknown;
  readonly everyMs?: unknown;
  readonly at?: unknown;
}

const PATTERN_BYTES = 256;

/** @throws InvalidOptionError */
export function timesOf({ cron, timeZone, everyMs, at }: Given): Times {
  const given = [cron, everyMs, at].filter((it) => it !== undefined).length;
  if (given !== 1) {
    throw new InvalidOptionError('A schedule has one of cron, everyMs and at; give one of them');
  }
  if (timeZone !== undefined && cron === undefined) {
    throw new InvalidOptionError('timeZone goes with cron; leave it out');
  }
  if (cron !== undefined) return cronTimes(cron, timeZone);
  return everyMs !== undefined ? everyTimes(everyMs) : onceAt(at);
}

function everyTimes(value: unknown): Times {
  const everyMs = whole('everyMs', value, { min: 100, max: 366 * 86_400_000 });
  return {
    spec: JSON.stringify({ everyMs }),
    after: (time) => (Math.floor(time / everyMs) + 1) * everyMs,
    upTo: (time) => Math.floor(time / everyMs) * everyMs,
  };
}

function onceAt(value: unknown): Times {
  if (!(value instanceof Date)) {
    throw new InvalidOptionError(`at is a Date, and not ${shown(value)}; give new Date(…)`);
  }
  const at = value.getTime();
  if (!(at > 0 && at < 9e12)) {
    const text = Number.isNaN(at) ? 'an invalid one' : value.toISOString();
    throw new InvalidOptionError(`at is a Date after 1970 and before 2255, and not ${text}`);
  }
  return {
    spec: JSON.stringify({ at }),
    after: (time) => (at > time ? at : undefined),
    upTo: (time) => (at <= time ? at : undefined),
  };
}

function cronTimes(value: unknown, zone: unknown): Times {
  const pattern = checkText('cron', value, PATTERN_BYTES).trim();
  const timeZone = zone === undefined ? undefined : checkText('timeZone', zone, PATTERN_BYTES);
  const cron = parsed(pattern, timeZone);
  return {
    spec: JSON.stringify({ cron: pattern, timeZone }),
    after: (time) => cron.nextRun(new Date(time))?.getTime(),
    // It returns the times before its second argument.
    upTo: (time) =>
      cron.previousRuns(1, new Date(Math.floor(time / 1_000) * 1_000 + 1_000))[0]?.getTime(),
  };
}

function parsed(pattern: string, timeZone: string | undefined): Cron {
  try {
    // croner takes a date as a pattern, too.
    if (/^\d{4}-/.test(pattern)) throw new Error('it is a date; give { at: new Date(…) }');
    const cron = new Cron(pattern, timeZone === undefined ? {} : { timezone: timeZone });
    if (!cron.nextRun(new Date(timeOfDay()))) throw new Error('there is no such time');
    return cron;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidOptionError(
      `cron is an expression such as "0 3 * * *", with a timeZone such as "Europe/Paris", and not ${shown(pattern)}: ${reason}`,
      { cause },
    );
  }
}
