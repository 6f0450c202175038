// A queue inside one procedure, on engines that run procedures in this process: its numbers, its jobs and its indexes.
// lua-queue.ts is the same in Lua, with the same names.
import type { Transaction } from '@muster/store/procedures';
import {
  ENDED_MS,
  EVENT_DIGITS,
  EVENTS_KEPT,
  type EventLetter,
  formatMeta,
  freshMeta,
  KEYS,
  type Meta,
  readMeta,
} from './meta.js';
import { unpack } from './packed.js';
import {
  formatJob,
  idIn,
  type JobRecord,
  memberOf,
  readJob,
  STATES,
  type State,
  stamp,
  stampIn,
} from './record.js';
import { textAt } from './text-at.js';
import { DROPPED, UNREADABLE, unreadableJob } from './unreadable.js';

/** The most jobs that one call removes because they are no longer kept. */
export const TRIM_LIMIT = 128;
/** The part of a count by which more jobs may be kept: removing them one by one takes longer. */
export const TRIM_SLACK = 1 / 16;
/** The age of the oldest job is checked once for so many tokens. */
export const TRIM_EVERY = 16;
const MOST = Number.MAX_SAFE_INTEGER;
/** Behind every member of an index. */
const END = '\u{10ffff}';

export class QueueState {
  readonly now: number;
  readonly meta: Meta;
  /** Of which jobs that have ended so few are kept that each end is noted. */
  brief: { readonly c: boolean; readonly f: boolean } = { c: false, f: false };
  readonly transaction: Transaction;
  readonly base: string;
  readonly #before: string | undefined;
  readonly #waitedBefore: number;
  readonly #leasedBefore: number;
  #isWaking = false;
  #isTelling = false;
  /** Another program has changed an index. */
  #isMiscounted = false;

  constructor(transaction: Transaction, base: string) {
    this.transaction = transaction;
    this.base = base;
    this.now = Math.floor(transaction.now);
    let before = textAt(transaction, base);
    const known = readMeta(before ?? '');
    this.meta = known ?? freshMeta(this.now);
    if (!known) {
      this.#isWaking = true;
      if (this.recount() === 0 && before === undefined) {
        this.meta = freshMeta(0);
        before = formatMeta(this.meta);
      }
    }
    this.#before = before;
    this.#waitedBefore = this.meta.w;
    this.#leasedBefore = this.meta.l;
  }

  /** Counts the members of all indexes. @returns how many there are */
  recount(): number {
    let sum = 0;
    for (const state of STATES) {
      const keys = `${this.base}:${state}`;
      this.meta[state] = this.transaction.countKeys(keys, keys + END);
      sum += this.meta[state];
    }
    return sum;
  }

  /** `undefined` also if its record cannot be read. */
  load(id: string): JobRecord | undefined {
    const text = textAt(this.transaction, this.base + KEYS.job + id);
    return text === undefined ? undefined : readJob(id, text);
  }

  /**
   * The job of a member. If it is not the job's, it is taken out of the index; if the record of the job cannot be read, the job
   * fails.
   */
  jobAt(state: State, member: string): JobRecord | undefined {
    const id = idIn(state, member);
    const job = this.load(id);
    if (job?.state === state && memberOf(job) === member) return job;
    this.leave(state, member);
    this.#isMiscounted = true;
    if (!job && this.transaction.has(this.base + KEYS.job + id)) {
      this.meta.seq++;
      const lost = unreadableJob(id, this.meta.seq, this.now);
      this.fail(lost, UNREADABLE, true);
    }
    return undefined;
  }

  save(job: JobRecord): void {
    this.transaction.put(this.base + KEYS.job + job.id, formatJob(job), 'never');
  }

  /** The first members of the index of a state. */
  firstOf(state: State, limit: number): string[] {
    return this.#members(state, END, limit);
  }

  /** The first member that is not before `from`. */
  memberFrom(state: State, from: string): string | undefined {
    return this.#members(state, END, 1, from)[0];
  }

  /** The members whose stamp is not after `ms`, in any index but that of waiting jobs. */
  dueBy(state: State, ms: number, limit: number): string[] {
    return this.#members(state, stamp(ms + 1), limit);
  }

  /** Takes a member out of an index. */
  leave(state: State, member: string): void {
    if (this.transaction.delete(`${this.base}:${state}${member}`)) this.meta[state]--;
  }

  move(job: JobRecord, state: State, at: number, isNew = false): void {
    if (!isNew) this.leave(job.state, memberOf(job));
    job.state = state;
    job.at = at;
    if (state === 'd') {
      const [first = ''] = this.firstOf('d', 1);
      if (stampIn(first) === 0 || at < stampIn(first)) this.#isWaking = true;
    }
    this.transaction.put(`${this.base}:${state}${memberOf(job)}`, '1', 'never');
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
    this.transaction.delete(this.base + KEYS.job + job.id);
  }

  drop(job: JobRecord): void {
    // The bytes of done jobs do not count.
    if (job.state !== 'c') this.meta.bytes -= job.bytes;
    this.forget(job);
    this.transaction.delete(this.base + KEYS.ended + job.id);
  }

  /** It is done, or has failed, and may be kept no longer. */
  noteEnd(job: JobRecord): void {
    if (job.awaited === 0 && !this.brief[job.state as 'c' | 'f']) return;
    const forMs = job.awaited === 1 ? ENDED_MS.awaited : ENDED_MS.brief;
    const key = this.base + KEYS.ended + job.id;
    this.transaction.put(key, formatJob({ ...job, data: '' }), { forMs });
  }

  /** Drops the oldest jobs of a state, several at once: those beyond `count`, and those that ended more than `ms` ago. */
  trim(state: 'c' | 'f', count: number, ms: number): void {
    const isAging = ms < MOST && this.meta.token % TRIM_EVERY === 0;
    const slack = Math.min(Math.floor(count * TRIM_SLACK), TRIM_EVERY);
    const extra = Math.min(this.meta[state] - count, TRIM_LIMIT);
    if (extra <= slack && !isAging) return;
    const old = this.firstOf(state, isAging ? TRIM_LIMIT : extra);
    for (const [at, member] of old.entries()) {
      if (at >= extra && stampIn(member) > this.now - ms) return;
      const id = idIn(state, member);
      // Others may wait for one whose record cannot be read.
      const job = state === 'f' ? (this.load(id) ?? unreadableJob(id, 0, 0)) : undefined;
      this.meta.bytes -= job?.bytes ?? 0;
      this.leave(state, member);
      this.transaction.delete(this.base + KEYS.job + id);
      if (job) this.eachDependent(job, (other) => this.#orphan(other));
    }
  }

  /** The next turn drops it, too, if no more failed jobs are kept: so there has to be one. */
  #orphan(job: JobRecord): void {
    this.fail(job, DROPPED);
    this.wake();
  }

  fail(job: JobRecord, outcome: string, isNew = false): void {
    job.outcome = outcome;
    this.move(job, 'f', this.now, isNew);
    this.noteEnd(job);
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
    const key = this.base + KEYS.dependents + job.id;
    for (const id of unpack(textAt(this.transaction, key) ?? '')) {
      const other = this.load(id);
      if (other?.state === 'b') call(other);
    }
    this.transaction.delete(key);
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
    const key = this.base + KEYS.dedupe + job.id;
    this.transaction.put(key, '1', { forMs: job.dedupeMs });
  }

  tell(letter: EventLetter, id: string): void {
    if (this.meta.heard <= this.now) return;
    this.meta.events++;
    const number = this.meta.events;
    const keys = this.base + KEYS.event;
    this.transaction.put(keys + eventNumber(number) + letter + id, '1', 'never');
    const range = { reverse: false, offset: 0, limit: Infinity };
    const old = this.transaction.keys(keys, keys + eventNumber(number - EVENTS_KEPT + 1), range);
    for (const key of old) this.transaction.delete(key);
    this.#isTelling = true;
  }

  /** The texts of events after this number, as `tell` writes them. */
  eventsAfter(number: number, limit: number): string[] {
    const keys = this.base + KEYS.event;
    const range = { reverse: false, offset: 0, limit };
    const found = this.transaction.keys(keys + eventNumber(number + 1), keys + END, range);
    return found.map((key) => key.slice(keys.length));
  }

  /** Wakes idle workers. */
  wake(): void {
    this.#isWaking = true;
  }

  /** Call it last. @param maxRunning 0 for no bound. */
  finish(maxRunning = 0): void {
    if (this.#isMiscounted) this.recount();
    const { w, d, b, l, f, bytes, paused, events } = this.meta;
    this.meta.bytes = w + d + b + l + f === 0 ? 0 : Math.max(bytes, 0);
    const after = formatMeta(this.meta);
    if (after === this.#before) return;
    this.transaction.put(this.base, after, 'never');
    if (this.#waitedBefore === 0 && w > 0) this.#isWaking = true;
    if (maxRunning > 0 && this.#leasedBefore >= maxRunning && l < maxRunning) this.#isWaking = true;
    const put = (key: string, value: number) =>
      this.transaction.put(this.base + key, String(value), 'never');
    if (this.#isWaking && paused === 0) put(KEYS.wake, this.now);
    if (this.#isTelling) put(KEYS.told, events);
  }

  #members(state: State, to: string, limit: number, from = ''): string[] {
    if (limit === 0 || this.meta[state] === 0) return [];
    const keys = `${this.base}:${state}`;
    const range = { reverse: false, offset: 0, limit };
    const found = this.transaction.keys(keys + from, keys + to, range);
    return found.map((key) => key.slice(keys.length));
  }
}

function eventNumber(number: number): string {
  return String(Math.max(number, 0)).padStart(EVENT_DIGITS, '0');
}
