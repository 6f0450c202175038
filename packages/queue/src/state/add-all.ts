// Adds jobs inside one procedure. lua-add.ts is the same in Lua.
import { KEYS } from './meta.js';
import type { Added, Bounds, Full, NewJob } from './new-job.js';
import { pack } from './packed.js';
import type { QueueState } from './queue-state.js';
import { freshJob, memberOf } from './record.js';
import { textAt } from './text-at.js';

type Sorted = { readonly isNew: readonly boolean[]; readonly jobs: readonly NewJob[] } | Full;

/** Adds all of the jobs, or none. */
export function addAll(queue: QueueState, given: readonly NewJob[], bounds: Bounds): Added {
  const sorted = sortedOut(queue, given, bounds);
  if (typeof sorted === 'string') return sorted;
  insert(queue, sorted.jobs);
  return sorted.isNew;
}

/** Whether each job is new, and those that are, for `insert`; or the bound that they would exceed. */
export function sortedOut(
  queue: QueueState,
  given: readonly NewJob[],
  { maxJobs, maxBytes }: Bounds,
): Sorted {
  const seen = new Set<string>();
  const isNew = given.map(({ id, isFresh }) => {
    const isFree = isFresh || (!seen.has(id) && isUnused(queue, id));
    if (isFree) seen.add(id);
    return isFree;
  });
  const jobs = given.filter((_, at) => isNew[at]);
  const { w, d, b, l, f, bytes } = queue.meta;
  if (jobs.length > 0 && w + d + b + l + f + jobs.length > maxJobs) return 'jobs';
  const more = jobs.reduce((sum, job) => sum + job.bytes, 0);
  if (jobs.length > 0 && bytes + more > maxBytes) return 'bytes';
  return { isNew, jobs };
}

export function insert(queue: QueueState, jobs: readonly NewJob[]): void {
  for (const job of jobs) add(queue, job);
}

function isUnused(queue: QueueState, id: string): boolean {
  const old = queue.load(id);
  if (old ? old.state !== 'c' : isUnreadable(queue, id)) return false;
  return !queue.transaction.has(queue.base + KEYS.dedupe + id);
}

function add(queue: QueueState, { after, isFresh, delayMs, ...given }: NewJob): void {
  const { id, priority, maxAttempts, dedupeMs, bytes, data } = given;
  const { meta, now } = queue;
  const old = isFresh ? undefined : queue.load(id);
  if (old) queue.drop(old);
  meta.seq++;
  const times = { seq: meta.seq, added: now, due: now + delayMs };
  const job = freshJob({ id, priority, maxAttempts, dedupeMs, bytes, data, ...times });
  meta.bytes += bytes;
  queue.tell('a', id);
  const member = after.length > 0 ? memberOf({ ...job, state: 'b' }) : '';
  for (const other of after) if (other !== id && isToEnd(queue, other, member)) job.waits++;
  if (job.waits > 0) queue.move(job, 'b', 0, true);
  else queue.ready(job, true);
}

/** Adds a job, as it will be in the index of blocked jobs, to those that wait for another one, unless that one is done. */
function isToEnd(queue: QueueState, id: string, member: string): boolean {
  const first = queue.load(id);
  if (first ? first.state === 'c' : !isUnreadable(queue, id)) return false;
  if (first) {
    first.dependents++;
    queue.save(first);
  }
  const { transaction, base } = queue;
  const key = base + KEYS.dependents + id;
  // The first one replaces what may be there.
  const before = first?.dependents === 1 ? '' : (textAt(transaction, key) ?? '');
  transaction.put(key, before + pack([member]), 'never');
  return true;
}

/** Whether there is something in the place of a job that is none. */
function isUnreadable(queue: QueueState, id: string): boolean {
  const isThere = queue.transaction.has(queue.base + KEYS.job + id);
  if (isThere) queue.noteDamage();
  return isThere;
}
