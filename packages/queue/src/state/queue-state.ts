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
  NEVER,
  readMeta,
} from './meta.js';
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
import { UNREADABLE, unreadableJob } from './unreadable.js';

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
  #isDamaged = false;

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
    this.noteDamage();
    if (!job && this.transaction.has(this.base + KEYS.job + id)) this.failLost(id);
    return undefined;
  }

  /** Fails the job with this id, whose record cannot be read and which is in no index. */
  failLost(id: string): void {
    this.meta.seq++;
    this.fail(unreadableJob(id, this.meta.seq, this.now), UNREADABLE, true);
  }

  /** Other programs have written into the queue, and jobs may be where nobody finds them. */
  noteDamage(): void {
    this.#isDamaged = true;
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

  membersAfter(state: State, after: string, limit: number): string[] {
    return this.#members(state, END, limit, after === '' ? '' : `${after}\0`);
  }

  /** The members whose stamp is not after `ms`, in any index but that of waiting jobs. */
  dueBy(state: State, ms: number, limit: number): string[] {
    return this.#members(state, stamp(ms + 1), limit);
  }

  /** Takes a member out of an index. */
  leave(state: State, member: string): void {
    if (this.transaction.delete(`${this.base}:${state}${member}`)) this.meta[state]--;
    else this.noteDamage();
  }

  move(job: JobRecord, state: State, at: number, isNew = false): void {
    if (!isNew) this.leave(job.state, memberOf(job));
    job.state = state;
    job.at = at;
    if (state === 'd' && at < this.meta.soon) this.#isWaking = true;
    if ((state === 'd' || state === 'l') && at < this.meta.soon) this.meta.soon = at;
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

  /** When the first job in the indexes `d` and `l` is due, once all that were due have left them. */
  firstDue(): number {
    const first = [...this.firstOf('d', 1), ...this.firstOf('l', 1)].map(stampIn);
    return Math.min(NEVER, ...first.filter((time) => time > 0));
  }

  /** Call it last. @param maxRunning 0 for no bound. */
  finish(maxRunning = 0): void {
    if (this.#isDamaged) {
      this.recount();
      this.meta.lost++;
      this.meta.soon = 0;
    }
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
    const isWhole = from === '' && to === END;
    if (isWhole && found.length < Math.min(limit, this.meta[state])) this.noteDamage();
    return found.map((key) => key.slice(keys.length));
  }
}

function eventNumber(number: number): string {
  return String(Math.max(number, 0)).padStart(EVENT_DIGITS, '0');
}
