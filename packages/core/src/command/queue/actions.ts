// The actions of the `muster queue` commands.
import {
  JobFailedError,
  listQueues,
  listSchedules,
  runSchedule,
  type ScheduleInfo,
  scheduleRuns,
} from '@muster/queue';
import type { SharedStore } from '@muster/store';
import { printable } from '../../text/printable.js';
import { print } from '../cluster/cluster-call.js';
import { CommandFailure, exits } from '../line/failure.js';
import { displayName, displayValue, parseDisplayName } from '../store/display.js';
import { withStore } from '../store/which-store.js';
import { createStyle, hasColours } from '../view/style.js';
import type { QueueOptions } from './flags.js';
import {
  failedView,
  jobView,
  queuesView,
  queueView,
  schedulesView,
  scheduleView,
} from './views.js';
import { type Jobs, withJobs, withQueue, withSchedule } from './which-jobs.js';

const SHOWN = 20;
/** The most jobs that one call of a queue lists. */
const PAGE = 1_000;

export async function ls(options: QueueOptions): Promise<void> {
  await withStore(options, async (store) => {
    const [queues, schedules] = [await listQueues(store), await listSchedules(store)];
    if (options.json) return print(displayValue({ queues, schedules }));
    if (queues.length + schedules.length === 0) {
      return print('There are no queues and no schedules in this store.');
    }
    if (queues.length > 0) print(...queuesView(queues, terminal()));
    if (queues.length > 0 && schedules.length > 0) print('');
    if (schedules.length > 0) print(...schedulesView(schedules, terminal()));
  });
}

export async function show(
  name: string,
  id: string | undefined,
  options: QueueOptions,
): Promise<void> {
  await withJobs(name, options, async (jobs, schedule) => {
    if (id !== undefined) {
      const job = await jobs.get(parseDisplayName(id));
      if (!job) throw noJob(id, jobs.name, schedule);
      return print(...(options.json ? [displayValue(job)] : jobView(job)));
    }
    const counts = { name: jobs.name, ...(await jobs.counts()) };
    const waiting = await jobs.waiting({ limit: options.limit ?? SHOWN });
    if (schedule) {
      // Both have `next` and `isPaused`: what the schedule says counts.
      if (options.json)
        return print(displayValue({ ...counts, ...schedule, waitingRuns: waiting }));
      return print(...scheduleView(schedule, counts, waiting, terminal()));
    }
    if (options.json) return print(displayValue({ ...counts, next: waiting }));
    print(...queueView(counts, waiting, terminal()));
  });
}

export async function failed(name: string, options: QueueOptions): Promise<void> {
  await withJobs(name, options, async (jobs, schedule) => {
    const found = await jobs.failed({ limit: options.limit ?? SHOWN });
    if (options.json) return print(displayValue(found));
    const { failed: all } = await jobs.counts();
    if (found.length === 0) return print(`No ${schedule ? 'run' : 'job'} has failed.`);
    print(...failedView(found, schedule !== undefined, terminal()));
    if (all > found.length) {
      print(`${all - found.length} more; --limit ${PAGE} shows up to ${PAGE}`);
    }
  });
}

/** Starts a run of a schedule. */
export async function run(name: string, options: QueueOptions): Promise<void> {
  await withSchedule(name, options, async (store, schedule) => {
    const shown = displayName(schedule.name);
    const { outcome, id } = await runSchedule(store, schedule.name);
    // It may have been removed by now.
    if (outcome === 'orphaned' || outcome === 'unknown' || id === undefined) {
      throw new CommandFailure(
        `No process has had the schedule ${shown} for three minutes, so no run was added: start the app that has it`,
        exits.failed,
      );
    }
    const isNew = outcome === 'added';
    if (!options.json) print(isNew ? startedText(shown, id) : waitingText(shown, id));
    if (options.wait) await untilDone(store, schedule.name, id);
    if (options.json) {
      return print(displayValue({ name: schedule.name, id, isNew, isDone: options.wait ?? false }));
    }
    if (options.wait) print(`${shown}: the run ${id} is done`);
  });
}

const startedText = (name: string, id: string): string =>
  `${name}: the run ${id} was added; a process that has the schedule runs it`;
const waitingText = (name: string, id: string): string =>
  `${name}: the run ${id} already waits and starts next; no other was added`;

/** @throws CommandFailure if it failed for good. */
async function untilDone(store: SharedStore, name: string, id: string): Promise<void> {
  await using runs = scheduleRuns(store, name);
  try {
    await runs.wait(id);
  } catch (error) {
    if (!(error instanceof JobFailedError)) throw error;
    const why = error.error ? `: ${error.error.name}: ${error.error.message}` : '';
    throw new CommandFailure(
      printable(`The run ${id} of ${displayName(name)} failed for good${why}`),
      exits.failed,
    );
  }
}

export async function retry(name: string, ids: string[], options: QueueOptions): Promise<void> {
  if (ids.length > 0 === (options.all ?? false)) {
    const how = 'give the ids of the jobs, or --all for all that have failed';
    throw new CommandFailure(`Which jobs? ${how}`, exits.usage);
  }
  await withJobs(name, options, async (queue, schedule) => {
    const wanted = options.all ? await failedIds(queue) : ids.map(parseDisplayName);
    let done = 0;
    const left: string[] = [];
    for (const id of wanted) {
      if (await queue.retry(id)) done++;
      else left.push(id);
    }
    const [one, many] = schedule ? ['run starts', 'runs start'] : ['job runs', 'jobs run'];
    print(`${done} ${done === 1 ? one : many} again`);
    // One that failed by then may have been retried by somebody else.
    if (options.all || left.length === 0) return;
    const which = left.map(displayName).join(', ');
    throw new CommandFailure(
      `Not failed or delayed: ${which}; \`muster queue show ${displayName(queue.name)} <id>\` says how a job stands`,
      exits.failed,
    );
  });
}

export async function pause(name: string, options: QueueOptions): Promise<void> {
  await withQueue(name, options, async (queue) => {
    await queue.pause();
    print(`${displayName(queue.name)} is paused: no job starts until \`muster queue resume\``);
  });
}

export async function resume(name: string, options: QueueOptions): Promise<void> {
  await withQueue(name, options, async (queue) => {
    await queue.resume();
    print(`${displayName(queue.name)} goes on`);
  });
}

/** All that have failed by now: those that are retried may fail again. */
async function failedIds(queue: Jobs): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const page = await queue.failed({ start: ids.length, limit: PAGE });
    ids.push(...page.map(({ id }) => id));
    if (page.length < PAGE) return ids;
  }
}

function noJob(id: string, name: string, schedule: ScheduleInfo | undefined): CommandFailure {
  const [owner, noun, kept] = schedule
    ? ['schedule', 'run', 'about the last 100 runs are kept']
    : ['queue', 'job', 'done jobs are kept as its keepDone says'];
  const shown = displayName(parseDisplayName(id));
  return new CommandFailure(
    `The ${owner} ${displayName(name)} has no ${noun} ${shown}, or no longer has it: ${kept}`,
    exits.failed,
  );
}

function terminal() {
  const { isTTY, columns } = process.stdout;
  return { style: createStyle(hasColours(process.stdout)), width: isTTY ? columns : undefined };
}
