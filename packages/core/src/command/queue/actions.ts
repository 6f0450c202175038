// The actions of the `muster queue` commands.
import { createQueue, listQueues, listSchedules, type Queue } from '@muster/queue';
import { print } from '../cluster/cluster-call.js';
import { CommandFailure, exits } from '../line/failure.js';
import { displayName, displayValue, parseDisplayName } from '../store/display.js';
import { withStore } from '../store/which-store.js';
import { createStyle, hasColours } from '../view/style.js';
import type { QueueOptions } from './flags.js';
import { failedView, jobView, queuesView, queueView, schedulesView } from './views.js';

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
  await withQueue(name, options, async (queue) => {
    if (id !== undefined) {
      const job = await queue.get(parseDisplayName(id));
      if (!job) throw noJob(id, queue.name);
      return print(...(options.json ? [displayValue(job)] : jobView(job)));
    }
    const counts = await queue.counts();
    const waiting = await queue.waiting({ limit: options.limit ?? SHOWN });
    if (options.json) return print(displayValue({ name: queue.name, ...counts, next: waiting }));
    print(...queueView({ name: queue.name, ...counts }, waiting, terminal()));
  });
}

export async function failed(name: string, options: QueueOptions): Promise<void> {
  await withQueue(name, options, async (queue) => {
    const jobs = await queue.failed({ limit: options.limit ?? SHOWN });
    if (options.json) return print(displayValue(jobs));
    const { failed: all } = await queue.counts();
    if (jobs.length === 0) return print('No job has failed.');
    print(...failedView(jobs, terminal()));
    if (all > jobs.length) print(`${all - jobs.length} more; --limit ${PAGE} shows up to ${PAGE}`);
  });
}

export async function retry(name: string, ids: string[], options: QueueOptions): Promise<void> {
  if (ids.length > 0 === (options.all ?? false)) {
    const how = 'give the ids of the jobs, or --all for all that have failed';
    throw new CommandFailure(`Which jobs? ${how}`, exits.usage);
  }
  await withQueue(name, options, async (queue) => {
    const wanted = options.all ? await failedIds(queue) : ids.map(parseDisplayName);
    let done = 0;
    const left: string[] = [];
    for (const id of wanted) {
      if (await queue.retry(id)) done++;
      else left.push(id);
    }
    print(`${done} ${done === 1 ? 'job runs' : 'jobs run'} again`);
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
async function failedIds(queue: Queue<unknown>): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const page = await queue.failed({ start: ids.length, limit: PAGE });
    ids.push(...page.map(({ id }) => id));
    if (page.length < PAGE) return ids;
  }
}

/** A queue that nobody has used is probably misspelt. */
async function withQueue(
  given: string,
  options: QueueOptions,
  use: (queue: Queue<unknown>) => Promise<void>,
): Promise<void> {
  const name = parseDisplayName(given);
  await withStore(options, async (store) => {
    const queues = await listQueues(store);
    if (!queues.some((queue) => queue.name === name)) {
      const known = queues.map((queue) => displayName(queue.name)).slice(0, SHOWN);
      const there = known.length > 0 ? `there are ${known.join(', ')}` : 'there are none';
      throw new CommandFailure(
        `The store has no queue ${displayName(name)}; ${there}. If it is in another store, give its --url`,
        exits.failed,
      );
    }
    await using queue = createQueue<unknown>({ store, name });
    await use(queue);
  });
}

function noJob(id: string, queue: string): CommandFailure {
  return new CommandFailure(
    `The queue ${displayName(queue)} has no job ${displayName(parseDisplayName(id))}, or no longer has it: done jobs are kept as its keepDone says`,
    exits.failed,
  );
}

function terminal() {
  const { isTTY, columns } = process.stdout;
  return { style: createStyle(hasColours(process.stdout)), width: isTTY ? columns : undefined };
}
