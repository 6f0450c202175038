// Queues, schedules and jobs on a terminal.
import { timeOfDay } from '@muster/codec/timers';
import type { JobInfo, QueueInfo, RunTimes, ScheduleInfo } from '@muster/queue';
import { printable } from '../../text/printable.js';
import { displayName, displayValue } from '../store/display.js';
import type { Style } from '../view/style.js';
import { type Column, table } from '../view/table.js';
import { duration, shortNumber } from '../view/units.js';

interface Terminal {
  readonly style: Style;
  readonly width: number | undefined;
}

export function queuesView(queues: readonly QueueInfo[], { style, width }: Terminal): string[] {
  const number = (title: string, weight: number, of: (queue: QueueInfo) => number) =>
    ({
      title,
      weight,
      align: 'right',
      cell: (queue) => shortNumber(of(queue)),
    }) as const satisfies Column<QueueInfo>;
  const columns: Column<QueueInfo>[] = [
    { title: 'QUEUE', align: 'left', weight: 9, cell: ({ name }) => displayName(name) },
    number('WAITING', 8, ({ waiting }) => waiting),
    {
      title: 'OLDEST',
      align: 'right',
      weight: 7,
      cell: ({ waiting, oldestMs }) => (waiting > 0 ? duration(oldestMs) : '-'),
    },
    number('DELAYED', 4, ({ delayed }) => delayed),
    number('BLOCKED', 3, ({ blocked }) => blocked),
    number('RUNNING', 6, ({ running }) => running),
    failedColumn(style),
    number('DONE', 5, ({ done }) => done),
    {
      title: 'STATE',
      align: 'left',
      weight: 7,
      cell: ({ isPaused }) =>
        isPaused ? { text: 'paused', paint: style.yellow } : { text: 'open' },
    },
  ];
  return table(columns, queues, style, width);
}

const failedColumn = (style: Style): Column<{ readonly failed: number }> => ({
  title: 'FAILED',
  align: 'right',
  weight: 8,
  cell: ({ failed }) => ({ text: shortNumber(failed), ...(failed > 0 && { paint: style.red }) }),
});

export function schedulesView(
  schedules: readonly ScheduleInfo[],
  { style, width }: Terminal,
): string[] {
  const columns: Column<ScheduleInfo>[] = [
    { title: 'SCHEDULE', align: 'left', weight: 9, cell: ({ name }) => displayName(name) },
    { title: 'TIMES', align: 'left', weight: 6, cell: timesText },
    { title: 'NEXT', align: 'left', weight: 8, cell: ({ next }) => timeText(next) },
    { title: 'LAST', align: 'left', weight: 5, cell: ({ last }) => timeText(last) },
    failedColumn(style),
    {
      title: 'STATE',
      align: 'left',
      weight: 7,
      cell({ isOrphaned, isPaused }) {
        if (isOrphaned) return { text: 'orphaned', paint: style.red };
        return isPaused ? { text: 'paused', paint: style.yellow } : 'on';
      },
    },
  ];
  return [...table(columns, schedules, style, width), ...schedules.flatMap(failureText)];
}

/** The last run that failed for good. */
function failureText({ name, lastFailure }: ScheduleInfo): string[] {
  if (!lastFailure) return [];
  const { dueAt, attempts } = lastFailure;
  const what = `${displayName(name)}: the run of ${timeText(dueAt)} failed at attempt ${attempts}`;
  return [printable(`${what}: ${errorText(lastFailure)}`)];
}

function timesText({ cron, timeZone, everyMs, at }: ScheduleInfo): string {
  if (cron !== undefined) return timeZone === undefined ? cron : `${cron} (${timeZone})`;
  return everyMs === undefined ? `at ${timeText(at)}` : `every ${everyText(everyMs)}`;
}

function everyText(ms: number): string {
  return ms < 60_000 ? `${ms / 1_000}s` : duration(ms);
}

export function queueView(
  { name, ...counts }: QueueInfo,
  waiting: readonly JobInfo<unknown>[],
  terminal: Terminal,
): string[] {
  return [...queuesView([{ name, ...counts }], terminal), ...waitingView(waiting, terminal)];
}

export function scheduleView(
  schedule: ScheduleInfo,
  { waiting, delayed, running, done }: QueueInfo,
  next: readonly JobInfo<unknown>[],
  terminal: Terminal,
): string[] {
  const runs = `runs: ${waiting} waiting, ${delayed} delayed, ${running} running; ${done} done are kept`;
  return [...schedulesView([schedule], terminal), runs, ...waitingView(next, terminal)];
}

function waitingView(waiting: readonly JobInfo<unknown>[], { style, width }: Terminal): string[] {
  if (waiting.length === 0) return [];
  const now = timeOfDay();
  const columns: Column<JobInfo<unknown>>[] = [
    { title: 'NEXT', align: 'left', weight: 9, cell: ({ id }) => displayName(id) },
    { title: 'PRIORITY', align: 'right', weight: 5, cell: ({ priority }) => String(priority) },
    {
      title: 'WAITS',
      align: 'right',
      weight: 7,
      cell: ({ dueAt }) => duration(now - dueAt.getTime()),
    },
    { title: 'ATTEMPTS', align: 'right', weight: 4, cell: attemptsText },
    { title: 'LAST ERROR', align: 'left', weight: 3, cell: errorText },
  ];
  return ['', ...table(columns, waiting, style, width)];
}

export function failedView(
  jobs: readonly JobInfo<unknown>[],
  areRuns: boolean,
  { style, width }: Terminal,
): string[] {
  const due: Column<JobInfo<unknown>> = {
    title: 'DUE',
    align: 'left',
    weight: 5,
    cell: ({ data }) => timeText((data as RunTimes).dueAt),
  };
  const columns: Column<JobInfo<unknown>>[] = [
    {
      title: areRuns ? 'RUN' : 'JOB',
      align: 'left',
      weight: 9,
      cell: ({ id }) => displayName(id),
    },
    ...(areRuns ? [due] : []),
    { title: 'FAILED', align: 'left', weight: 6, cell: ({ endedAt }) => timeText(endedAt) },
    { title: 'ATTEMPTS', align: 'right', weight: 4, cell: attemptsText },
    { title: 'ERROR', align: 'left', weight: 9, cell: errorText },
  ];
  return table(columns, jobs, style, width);
}

/** One line for each thing that is known. */
export function jobView(job: JobInfo<unknown>): string[] {
  const { id, state, attempts, maxAttempts, priority, progress, result, error, data } = job;
  const rows: [string, string | undefined][] = [
    ['job', displayName(id)],
    ['state', state],
    ['attempts', `${attempts} of ${maxAttempts}`],
    ['priority', String(priority)],
    ['added', timeText(job.addedAt)],
    ['due', timeText(job.dueAt)],
    ['ended', job.endedAt && timeText(job.endedAt)],
    ['progress', progress === undefined ? undefined : displayValue(progress)],
    ['result', result === undefined ? undefined : displayValue(result)],
    ['error', error && (error.stack ?? `${error.name}: ${error.message}`)],
    ['data', data === undefined ? undefined : displayValue(data)],
  ];
  return rows.flatMap(([title, text]) => {
    if (text === undefined) return [];
    const lines = text.split('\n').map((line) => printable(line));
    return lines.map((line, at) => `${(at === 0 ? title : '').padEnd(10)}${line}`);
  });
}

function attemptsText({ attempts, maxAttempts }: JobInfo<unknown>): string {
  return `${attempts}/${maxAttempts}`;
}

function errorText({ error }: Pick<JobInfo<unknown>, 'error'>): string {
  return error ? `${error.name}: ${error.message}`.split('\n', 1).join() : '-';
}

function timeText(time: Date | undefined): string {
  return time ? time.toISOString().replace(/\.000Z$/, 'Z') : '-';
}
