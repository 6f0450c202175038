// A queue inside one procedure, on engines that run procedures in this process: its numbers, its jobs and its indexes.
// lua-queue.ts is the same in Lua, with the same names.
import type { Transaction } from '@muster/store/procedures';
import {
  EVENT_DIGITS,
  EVENTS_KEPT,
  type EventLetter,
  formatMeta,
  KEYS,
  type Meta,
  parseMeta,
} from './meta.js';
import type { Added, Bounds, Full, NewJob } from './new-job.js';
import { pack, unpack } from './packed.js';
import {
  formatJob,
  idIn,
  type JobRecord,
  memberOf,
  NOBODY,
  parseJob,
  type State,
  stamp,
  stampIn,
} from './record.js';

/** The most jobs that one call removes because they are no longer kept. */
export const TRIM_LIMIT = 128;
/** The age of the oldest job is checked once for so many tokens. */
export const TRIM_EVERY = 16;
const MOST = Number.MAX_SAFE_INTEGER;
/** Behind every member of an index. */
const END = '\u{10ffff}';

type Sorted = { readonly isNew: readonly boolean[]; readonly jobs: readonly NewJob[] } | Full;

export class QueueState {
  readonly now: number;
  readonly meta: Meta;
  readonly #transaction: Transaction;
  readonly #base: string;
  readonly #before: string | undefined;
  readonly #waitedBefore: number;
  readonly #leasedBefore: number;
  #isWaking = false;
  #isTelling = false;

  constructor(transaction: Transaction, base: string) {
    this.#transaction = transaction;
    this.#base = base;
    this.now = Math.floor(transaction.now);
    this.#before = transaction.get(base);
    this.meta = parseMeta(this.#before);
    this.#waitedBefore = this.meta.w;
    this.#leasedBefore = this.meta.l;
  }

  load(id: string): JobRecord | undefined {
    const text = this.#transaction.get(this.#base + KEYS.job + id);
    return text === undefined ? undefined : parseJob(id, text);
  }

  save(job: JobRecord): void {
    this.#transaction.put(this.#base + KEYS.job + job.id, formatJob(job), 'never');
  }

  /** The first members of the index of a state. */
  firstOf(state: State, limit: number): string[] {
    return this.#members(state, END, limit);
  }

  /** The members whose stamp is not after `ms`, in any index but that of waiting jobs. */
  dueBy(state: State, ms: number, limit: number): string[] {
    return this.#members(state, stamp(ms + 1), limit);
  }

  /** Takes a member out of an index. */
  leave(state: State, member: string): void {
    if (this.#transaction.delete(`${this.#base}:${state}${member}`)) this.meta[state]--;
  }

  move(job: JobRecord, state: State, at: number, isNew = false): void {
    if (!isNew) this.leave(job.state, memberOf(job));
    job.state = state;
    job.at = at;
    if (state === 'd') {
      const [first] = this.firstOf('d', 1);
      if (first === undefined || at < stampIn(first)) this.#isWaking = true;
    }
    this.#transaction.put(`${this.#base}:${state}${memberOf(job)}`, '1', 'never');
    this.meta[state]++;
    this.save(job);
  }

  /** Makes the job wait or be delayed, according to its due time. */
  ready(job: JobRecord, isNew = false): void {
    if (job.due > this.now) this.move(job, 'd', job.due, isNew);
    else this.move(job, 'w', 0, isNew);
  }

  forget(job: JobRecord): void {
    this.leave(job.state, memberOf(job));
    this.#transaction.delete(this.#base + KEYS.job + job.id);
  }

  drop(job: JobRecord): void {
    // The bytes of done jobs do not count.
    if (job.state !== 'c') this.meta.bytes -= job.bytes;
    this.forget(job);
  }

  /** Drops the oldest jobs of a state: those beyond `count`, and those that ended more than `ms` ago. */
  trim(state: 'c' | 'f', count: number, ms: number): void {
    const isAging = ms < MOST && this.meta.token % TRIM_EVERY === 0;
    const extra = Math.min(this.meta[state] - count, TRIM_LIMIT);
    if (extra <= 0 && !isAging) return;
    const old = this.firstOf(state, isAging ? TRIM_LIMIT : extra);
    for (const [at, member] of old.entries()) {
      if (at >= extra && stampIn(member) > this.now - ms) return;
      const id = idIn(state, member);
      if (state === 'f') this.meta.bytes -= this.load(id)?.bytes ?? 0;
      this.leave(state, member);
      this.#transaction.delete(this.#base + KEYS.job + id);
    }
  }

  fail(job: JobRecord, outcome: string): void {
    job.outcome = outcome;
    this.move(job, 'f', this.now);
    this.tell('f', job.id);
  }

  /** The lease of the job ended before the job did. */
  stalled(job: JobRecord, outcome: string): void {
    this.tell('s', job.id);
    job.outcome = outcome;
    if (job.attempts >= job.maxAttempts) this.fail(job, outcome);
    else this.move(job, 'w', 0);
  }

  /** Calls back with each job that waits for this one, and forgets that they do. */
  eachDependent(job: JobRecord, call: (other: JobRecord) => void): void {
    if (job.dependents === 0) return;
    const key = this.#base + KEYS.dependents + job.id;
    for (const id of unpack(this.#transaction.get(key) ?? '')) {
      const other = this.load(id);
      if (other?.state === 'b') call(other);
    }
    this.#transaction.delete(key);
    job.dependents = 0;
  }

  /** One of the jobs for which it waits is done. */
  release(job: JobRecord): void {
    job.waits--;
    if (job.waits > 0) this.save(job);
    else this.ready(job);
  }

  /** Keeps the id of a done job taken. */
  dedupe(job: JobRecord): void {
    if (job.dedupeMs === 0) return;
    const key = this.#base + KEYS.dedupe + job.id;
    this.#transaction.put(key, '1', { forMs: job.dedupeMs });
  }

  /** Whether each job is new, and those that are, for `insert`; or the bound that they would exceed. */
  sorted(given: readonly NewJob[], { maxJobs, maxBytes }: Bounds): Sorted {
    const seen = new Set<string>();
    const isNew = given.map(({ id, isFresh }) => {
      const isFree = isFresh || (!seen.has(id) && this.#isFree(id));
      if (isFree) seen.add(id);
      return isFree;
    });
    const jobs = given.filter((_, at) => isNew[at]);
    const { w, d, b, l, f, bytes } = this.meta;
    if (jobs.length > 0 && w + d + b + l + f + jobs.length > maxJobs) return 'jobs';
    const more = jobs.reduce((sum, job) => sum + job.bytes, 0);
    if (jobs.length > 0 && bytes + more > maxBytes) return 'bytes';
    return { isNew, jobs };
  }

  insert(jobs: readonly NewJob[]): void {
    for (const job of jobs) this.#add(job);
  }

  /** Adds all of the jobs, or none. */
  addAll(given: readonly NewJob[], bounds: Bounds): Added {
    const sorted = this.sorted(given, bounds);
    if (typeof sorted === 'string') return sorted;
    this.insert(sorted.jobs);
    return sorted.isNew;
  }

  tell(letter: EventLetter, id: string): void {
    if (this.meta.heard <= this.now) return;
    this.meta.events++;
    const number = this.meta.events;
    const keys = this.#base + KEYS.event;
    this.#transaction.put(keys + eventNumber(number) + letter + id, '1', 'never');
    const range = { reverse: false, offset: 0, limit: Infinity };
    const old = this.#transaction.keys(keys, keys + eventNumber(number - EVENTS_KEPT + 1), range);
    for (const key of old) this.#transaction.delete(key);
    this.#isTelling = true;
  }

  /** The texts of events after this number, as `tell` writes them. */
  eventsAfter(number: number, limit: number): string[] {
    const keys = this.#base + KEYS.event;
    const range = { reverse: false, offset: 0, limit };
    const found = this.#transaction.keys(keys + eventNumber(number + 1), keys + END, range);
    return found.map((key) => key.slice(keys.length));
  }

  /** Wakes idle workers. */
  wake(): void {
    this.#isWaking = true;
  }

  /** Call it last. @param maxRunning 0 for no bound. */
  finish(maxRunning = 0): void {
    const { w, l, paused, events } = this.meta;
    const after = formatMeta(this.meta);
    if (after === this.#before) return;
    this.#transaction.put(this.#base, after, 'never');
    if (this.#waitedBefore === 0 && w > 0) this.#isWaking = true;
    if (maxRunning > 0 && this.#leasedBefore >= maxRunning && l < maxRunning) this.#isWaking = true;
    const put = (key: string, value: number) =>
      this.#transaction.put(this.#base + key, String(value), 'never');
    if (this.#isWaking && paused === 0) put(KEYS.wake, this.now);
    if (this.#isTelling) put(KEYS.told, events);
  }

  #isFree(id: string): boolean {
    const old = this.load(id);
    if (old && old.state !== 'c') return false;
    return !this.#transaction.has(this.#base + KEYS.dedupe + id);
  }

  #add({
    id,
    priority,
    delayMs,
    maxAttempts,
    dedupeMs,
    bytes,
    after,
    data,
    isFresh,
  }: NewJob): void {
    const old = isFresh ? undefined : this.load(id);
    if (old) this.drop(old);
    this.meta.seq++;
    const job: JobRecord = {
      id,
      state: 'w',
      priority,
      seq: this.meta.seq,
      added: this.now,
      due: this.now + delayMs,
      at: 0,
      attempts: 0,
      maxAttempts,
      token: 0,
      owner: NOBODY,
      bytes,
      dedupeMs,
      waits: 0,
      dependents: 0,
      progress: '',
      outcome: '',
      data,
    };
    this.meta.bytes += bytes;
    this.tell('a', id);
    for (const other of after) {
      const first = other === id ? undefined : this.load(other);
      if (!first || first.state === 'c') continue;
      job.waits++;
      first.dependents++;
      this.save(first);
      const key = this.#base + KEYS.dependents + other;
      this.#transaction.put(key, (this.#transaction.get(key) ?? '') + pack([id]), 'never');
    }
    if (job.waits > 0) this.move(job, 'b', 0, true);
    else this.ready(job, true);
  }

  #members(state: State, to: string, limit: number): string[] {
    if (limit === 0 || this.meta[state] === 0) return [];
    const keys = `${this.#base}:${state}`;
    const range = { reverse: false, offset: 0, limit };
    const found = this.#transaction.keys(keys, keys + to, range);
    return found.map((key) => key.slice(keys.length));
  }
}

function eventNumber(number: number): string {
  return String(Math.max(number, 0)).padStart(EVENT_DIGITS, '0');
}
