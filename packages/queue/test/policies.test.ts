import { createQueue, createSchedule } from '@muster/queue';
import { createSharedStore } from '@muster/store';
import { describe, expect, it } from 'vitest';
import { clockOffset, firingAt, firstDue, MISSED_MOST } from '../dist/schedule/firing.js';
import { timesOf } from '../dist/schedule/times.js';
import { pack, unpack } from '../dist/state/packed.js';
import { formatJob, idIn, type JobRecord, memberOf, parseJob } from '../dist/state/record.js';
import { backoffMs } from '../dist/worker/backoff.js';
import { lookAgainMs } from '../dist/worker/look-again.js';

const job: JobRecord = {
  ...{ id: 'λ id', state: 'w', priority: -3, seq: 7, added: 1, due: 1_700_000_000_000, at: 0 },
  ...{ attempts: 1, maxAttempts: 3, token: 9, owner: 'a/1', bytes: 4, dedupeMs: 0, waits: 0 },
  ...{ dependents: 0, awaited: 1, progress: '1', outcome: '', data: '"a\nb"' },
};

describe('texts', () => {
  it('of a list are read up to where something else begins', () => {
    const packed = pack(['a', 'λ', '']);
    expect(unpack(packed)).toEqual(['a', 'λ', '']);
    expect(unpack(`${packed}9:x`)).toEqual(['a', 'λ', '']);
    expect(unpack('-1:a')).toEqual([]);
  });

  it('of a job are read as they were written', () => {
    expect(parseJob(job.id, formatJob(job))).toEqual(job);
    expect(() => parseJob('a', 'nonsense')).toThrow('not one that a queue wrote');
    // Numbers that do not fit into the members of indexes, or into commands.
    for (const wrong of [
      { seq: 1e14 },
      { due: 1e13 },
      { at: -1 },
      { bytes: 1e18 },
      { waits: -1 },
    ]) {
      expect(() => parseJob('a', formatJob({ ...job, ...wrong }))).toThrow('not one that a queue');
    }
  });

  it('of an index sort as the jobs come, and have the id', () => {
    const order = [{ priority: 5 }, {}, { seq: 8 }, { due: job.due + 1, seq: 1 }, { priority: -4 }];
    const members = order.map((it) => memberOf({ ...job, ...it }));
    expect([...members].sort()).toEqual(members);
    expect(members.map((it) => idIn('w', it))).toEqual(order.map(() => 'λ id'));
    expect(idIn('d', memberOf({ ...job, state: 'd', at: 5 }))).toBe('λ id');
  });

  it('are packed and unpacked, whatever is in them', () => {
    const texts = ['', 'a', '3:abc', 'λ\n€😀', '12'];
    expect(unpack(pack(texts))).toEqual(texts);
    expect(unpack('')).toEqual([]);
  });
});

describe('backoff', () => {
  const rule = { delayMs: 100, factor: 2, maxMs: 1_000, jitter: 0.5 };
  it.each([
    [1, 0, 100],
    [1, 1, 50],
    [2, 0, 200],
    [4, 0, 800],
    [5, 0, 1_000],
    [5_000, 1, 500],
  ])('after %i attempts, by chance %d: %d ms', (attempts, chance, ms) => {
    expect(backoffMs(rule, attempts, chance)).toBe(ms);
  });

  it('is never longer than what fits into a stamp', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const ms = backoffMs({ delayMs: most, factor: 1, maxMs: most, jitter: 0 }, 1, 0);
    expect(Date.now() + ms).toBeLessThan(10 ** 13);
  });
});

const at = (text: string): number => Date.parse(text);

/** The next `count` due times. */
function times(cron: string, timeZone: string, from: string, count: number): string[] {
  const all = timesOf({ cron, timeZone });
  const found: string[] = [];
  let time = at(from);
  while (found.length < count) {
    time = all.after(time) ?? Number.NaN;
    found.push(new Date(time).toISOString().slice(5, 16));
  }
  return found;
}

describe('due times', () => {
  it('by cron on a day of 23 hours, and on one of 25', () => {
    // 02:30 does not exist on the 29th of March, and is there twice on the 25th of October.
    expect(times('30 2 * * *', 'Europe/Paris', '2026-03-27T12:00:00Z', 3)).toEqual([
      ...['03-28T01:30', '03-29T01:00', '03-30T00:30'],
    ]);
    expect(times('30 2 * * *', 'Europe/Paris', '2026-10-23T12:00:00Z', 3)).toEqual([
      ...['10-24T00:30', '10-25T00:30', '10-26T01:30'],
    ]);
  });

  it('by cron on leap days', () => {
    expect(timesOf({ cron: '0 0 29 2 *', timeZone: 'UTC' }).after(at('2026-01-01T00:00:00Z'))).toBe(
      at('2028-02-29T00:00:00Z'),
    );
  });

  it('are those before, too, the very moment included', () => {
    const cron = timesOf({ cron: '0 3 * * *', timeZone: 'UTC' });
    const three = at('2026-05-05T03:00:00Z');
    expect([cron.upTo(three - 1), cron.upTo(three), cron.upTo(three + 1)]).toEqual([
      ...[three - 86_400_000, three, three],
    ]);
    const every = timesOf({ everyMs: 1_000 });
    expect([every.upTo(1_999), every.upTo(2_000), every.after(2_000)]).toEqual([
      1_000, 2_000, 3_000,
    ]);
    const once = timesOf({ at: new Date(5_000) });
    expect([once.after(4_999), once.after(5_000), once.upTo(4_999), once.upTo(5_000)]).toEqual([
      ...[5_000, undefined, undefined, 5_000],
    ]);
  });

  it.each([
    ['nothing', {}],
    ['two', { cron: '* * * * *', everyMs: 1_000 }],
    ['no expression', { cron: 'every day' }],
    ['a date for an expression', { cron: '2026-01-01T00:00:00' }],
    ['a day that there is not', { cron: '0 0 30 2 *' }],
    ['no time zone', { cron: '* * * * *', timeZone: 'Europe/Nowhere' }],
    ['a time zone without cron', { everyMs: 1_000, timeZone: 'UTC' }],
    ['too often', { everyMs: 10 }],
    ['no date', { at: '2026-01-01' }],
  ])('are refused where there is %s', (_, given) => {
    expect(() => timesOf(given)).toThrow(
      expect.objectContaining({ code: 'MUSTER_INVALID_OPTION' }),
    );
  });
});

describe('a wait for a time on a clock', () => {
  it.each([
    [-5, 'machine', 1],
    [300, 'machine', 300],
    [3_600_000, 'machine', 1_000],
    [3_600_000, 'store', 60_000],
    [Infinity, 'store', 60_000],
  ] as const)('that shows it in %s ms (%s) ends after %s ms', (leftMs, which, waitMs) => {
    expect(lookAgainMs(leftMs, which)).toBe(waitMs);
  });
});

describe('packed lists', () => {
  it.each([
    ['1:a3:λb', ['a', 'λb']],
    ['', []],
    ['1:a junk', ['a']],
    ['junk', []],
    [':::', []],
    ['-5:abcdef', []],
    ['1:a99999999999:b', ['a']],
  ])('of %o are %o', (packed, texts) => {
    expect(unpack(packed)).toEqual(texts);
  });
});

describe('what to do about a due time', () => {
  const every = timesOf({ everyMs: 1_000 });
  const once = { missed: 'once', graceMs: 5_000 } as const;
  const skip = { missed: 'skip', graceMs: 500 } as const;
  it.each([
    ['in time', once, 10_000, 10_000, { due: 10_000, missed: 0, next: 11_000 }],
    ['late by less than the next', once, 10_000, 10_999, { due: 10_000, missed: 0, next: 11_000 }],
    [
      'three later: the last one runs',
      once,
      10_000,
      13_100,
      { due: 13_000, missed: 3, next: 14_000 },
    ],
    [
      'skipped where it is too late',
      skip,
      10_000,
      13_600,
      { due: undefined, missed: 4, next: 14_000 },
    ],
    [
      'not skipped within the grace',
      skip,
      10_000,
      13_400,
      { due: 13_000, missed: 3, next: 14_000 },
    ],
    [
      'a clock set forward by days',
      once,
      0,
      9e8,
      { due: 9e8, missed: MISSED_MOST, next: 9e8 + 1_000 },
    ],
  ])('%s', (_, rule, due, now, firing) => {
    expect(firingAt(every, rule, due, now)).toMatchObject(firing);
  });

  it.each([
    ['that are new', 5_500, 0, 6_000, 9_000],
    ['that have changed', 5_500, 5_000, 6_000, 9_000],
    ['whose last run was later than this clock', 5_990, 6_000, 7_000, 9_000],
    ['of which the only one is over', 9_500, 8_999, 10_000, 9_000],
    ['of which the only one has run', 9_500, 9_000, 10_000, undefined],
  ])('%s, the first one is after the last run', (_, now, last, first, only) => {
    expect(firstDue(timesOf({ everyMs: 1_000 }), now, last)).toBe(first);
    expect(firstDue(timesOf({ at: new Date(9_000) }), now, last)).toBe(only);
  });

  it('that comes once, there is no next one', () => {
    const at = timesOf({ at: new Date(5_000) });
    expect(firingAt(at, once, 5_000, 6_000)).toMatchObject({
      due: 5_000,
      missed: 0,
      next: undefined,
    });
  });
});

describe('the clock that decides', () => {
  it.each([
    ['within the call', 10, 15, 20, 0],
    ['before it', 10, 4, 20, -6],
    ['after it', 10, 25, 20, 5],
  ])('showed a time %s', (_, start, told, end, offset) => {
    expect(clockOffset(start, told, end)).toBe(offset);
  });
});

describe('options', () => {
  const store = createSharedStore({ url: 'memory:options' });
  const refused = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      expect((error as { code?: string }).code).toBe('MUSTER_INVALID_OPTION');
      return (error as Error).message;
    }
    throw new Error('it was not refused');
  };

  it.each([
    [{ concurrency: 2 }, 'an option of work()'],
    [{ removeOnComplete: true }, 'did you mean keepDone?'],
    [{ leaseMS: 5 }, 'did you mean leaseMs?'],
    [{ leaseMs: 5 }, 'leaseMs is a whole number from 100'],
    [{ attempts: 0 }, 'attempts is a whole number of at least 1'],
    [{ backoff: { delay: 5 } }, 'did you mean delayMs'],
    [{ backoff: { jitter: 2 } }, 'backoff.jitter is a number from 0 to 1'],
    [{ keepDone: { age: 5 } }, 'did you mean forMs'],
    [{ limit: { max: 5, duration: 5 } }, 'did you mean limit?'],
    [{ maxRunning: 0 }, 'maxRunning'],
    [{ name: '' }, 'The name of a queue'],
    [{ store: 'redis://' }, 'createSharedStore()'],
  ])('of a queue are refused by name: %o', (options, message) => {
    expect(refused(() => createQueue({ store, name: 'q', ...(options as object) }))).toContain(
      message,
    );
  });

  it('of work and of a schedule, too', () => {
    const queue = createQueue({ store, name: 'q' });
    expect(refused(() => queue.work('handler' as never))).toContain('a function');
    expect(refused(() => queue.work(() => {}, { concurency: 2 } as never))).toContain(
      'concurrency?',
    );
    const options = { store, name: 's', everyMs: 1_000 };
    expect(refused(() => createSchedule({ ...options, tz: 'UTC' } as never, () => {}))).toContain(
      'timeZone?',
    );
    expect(
      refused(() => createSchedule({ ...options, missed: 'all' } as never, () => {})),
    ).toContain("'once' or 'skip'");
  });

  it.each([
    ['2026-01-01', 'give new Date(…)'],
    [new Date(Number.NaN), 'a Date after 1970 and before 2255, and not an invalid one'],
    [new Date(0), 'a Date after 1970 and before 2255, and not 1970-01-01T00:00:00.000Z'],
  ])('at %s is refused for what it is', (at, message) => {
    expect(refused(() => timesOf({ at }))).toContain(message);
  });
});
