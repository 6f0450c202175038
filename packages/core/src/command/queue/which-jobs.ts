// Finds the jobs that a command means: those of a queue, or the runs of a schedule.
import {
  createQueue,
  listQueues,
  listSchedules,
  type Queue,
  type ScheduleInfo,
  type ScheduleRuns,
  scheduleRuns,
} from '@muster/queue';
import type { SharedStore } from '@muster/store';
import { didYouMean } from '../../checks/nearest-name.js';
import { CommandFailure, exits } from '../line/failure.js';
import { displayName, parseDisplayName } from '../store/display.js';
import { withStore } from '../store/which-store.js';
import type { QueueOptions } from './flags.js';

/** The most names that a message lists. */
const NAMED = 20;

/** What a queue and the runs of a schedule have in common. */
export type Jobs = Pick<Queue<unknown>, keyof ScheduleRuns>;

interface Names {
  readonly queues: readonly string[];
  readonly schedules: readonly ScheduleInfo[];
}

/** @param use also gets the schedule, if it is one. A queue goes before a schedule of the same name, unless `--schedule` is given. */
export async function withJobs(
  given: string,
  options: QueueOptions,
  use: (jobs: Jobs, schedule: ScheduleInfo | undefined) => Promise<void>,
): Promise<void> {
  await withNames(given, options, async (store, name, { queues, schedules }) => {
    if (!options.schedule && queues.includes(name)) {
      await using queue = createQueue<unknown>({ store, name });
      return await use(queue, undefined);
    }
    const schedule = schedules.find((it) => it.name === name);
    if (!schedule) {
      const known = schedules.map((it) => it.name);
      if (options.schedule) throw notThere('schedule', name, known);
      throw notThere('queue or schedule', name, [...queues, ...known]);
    }
    await using runs = scheduleRuns(store, name);
    await use(runs, schedule);
  });
}

export async function withQueue(
  given: string,
  options: QueueOptions,
  use: (queue: Queue<unknown>) => Promise<void>,
): Promise<void> {
  await withNames(given, options, async (store, name, { queues, schedules }) => {
    if (!queues.includes(name)) {
      const isSchedule = schedules.some((it) => it.name === name);
      const instead = `${displayName(name)} is a schedule, which pause() and resume() of its code stop and start`;
      throw notThere('queue', name, queues, isSchedule ? instead : undefined);
    }
    await using queue = createQueue<unknown>({ store, name });
    await use(queue);
  });
}

export async function withSchedule(
  given: string,
  options: QueueOptions,
  use: (store: SharedStore, schedule: ScheduleInfo) => Promise<void>,
): Promise<void> {
  await withNames(given, options, async (store, name, { queues, schedules }) => {
    const schedule = schedules.find((it) => it.name === name);
    if (schedule) return use(store, schedule);
    const known = schedules.map((it) => it.name);
    const instead = `${displayName(name)} is a queue: its jobs run by themselves, and \`muster queue retry\` runs one again`;
    throw notThere('schedule', name, known, queues.includes(name) ? instead : undefined);
  });
}

async function withNames(
  given: string,
  options: QueueOptions,
  use: (store: SharedStore, name: string, names: Names) => Promise<void>,
): Promise<void> {
  await withStore(options, async (store) => {
    const queues = (await listQueues(store)).map((queue) => queue.name);
    await use(store, parseDisplayName(given), { queues, schedules: await listSchedules(store) });
  });
}

/** A name that nobody has used is probably misspelt. */
function notThere(
  what: string,
  name: string,
  known: readonly string[],
  instead?: string,
): CommandFailure {
  const names = known.map(displayName);
  const there =
    names.length > 0 ? `there are ${names.slice(0, NAMED).join(', ')}` : 'there are none';
  const hint = instead
    ? ` ${instead}.`
    : `${didYouMean(displayName(name), names)} If it is in another store, give its --url`;
  return new CommandFailure(
    `The store has no ${what} ${displayName(name)}; ${there}.${hint}`,
    exits.failed,
  );
}
