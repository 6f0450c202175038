// The part of one process in a schedule: it waits for the next due time, and tries to be the first to handle it.
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { clearTimer, MOST_MS, setTimer, type Timer, timeOfDay } from '@muster/codec/timers';
import { QueueTroubleError } from '../errors.js';
import type { QueueHome } from '../queue-home.js';
import type { NewJob } from '../state/new-job.js';
import { lookAgainMs } from '../worker/look-again.js';
import { clockOffset, firingAt, firstDue, type MissedRule } from './firing.js';
import { declareSchedule, fireSchedule, RECORD, readRecord } from './procedures.js';
import { type ScheduleRecord, SEEN_EVERY_MS } from './record.js';
import { manualId } from './run-of-job.js';
import type { Times } from './times.js';

const RETRY_MS = 1_000;
/** The clock of the machine was set if it goes otherwise than the monotonic clock by more than this. */
const SET_MS = 1_000;

export interface ClockRule extends MissedRule {
  readonly overlap: boolean;
  readonly attempts: number;
}

export class ScheduleClock {
  readonly #home: QueueHome;
  readonly #times: Times;
  readonly #rule: ClockRule;
  #record: ScheduleRecord | undefined;
  #timer: Timer | undefined;
  #unwatch: (() => void) | undefined;
  readonly #presence: NodeJS.Timeout;
  readonly #anchor = setInterval(() => {}, MOST_MS);
  #isOver = false;
  #isBusy = false;
  #isAgain = false;
  #isTold = false;
  #isDeclared = false;
  /** How far the clock that decides is ahead of that of this process. */
  #offset = 0;
  /** As it was when the two were compared last. */
  #aheadOfMonotonic = aheadOfMonotonic();
  readonly #declared: Promise<void>;

  constructor(home: QueueHome, times: Times, rule: ClockRule) {
    this.#home = home;
    this.#times = times;
    this.#rule = rule;
    this.#presence = setInterval(() => void this.#declare(), SEEN_EVERY_MS).unref();
    this.#declared = this.#declare();
  }

  /** Declares the schedule of this process, and reads its record. */
  async record(): Promise<ScheduleRecord | undefined> {
    await this.#declared;
    const { texts, base } = this.#home;
    return readRecord(await texts.get(base + RECORD));
  }

  /** Milliseconds since the epoch, by the clock that decides, as far as this process knows it. */
  now(): number {
    return timeOfDay() + this.#offset;
  }

  close(): void {
    this.#isOver = true;
    clearTimer(this.#timer);
    clearInterval(this.#presence);
    clearInterval(this.#anchor);
    this.#unwatch?.();
  }

  /** Never rejects. */
  async #declare(): Promise<void> {
    const { texts, base } = this.#home;
    try {
      this.#record = await this.#declareNow();
      void this.#home.enroll();
      this.#isDeclared = true;
      if (!this.#unwatch && !this.#isOver) {
        this.#unwatch = await texts.watch(base + RECORD, () => void this.#look());
        if (this.#isOver) this.#unwatch();
      }
      this.#isTold = false;
      void this.#look();
    } catch (error) {
      this.#trouble(error, () => void this.#declare());
    }
  }

  async #declareNow(): Promise<ScheduleRecord> {
    // The clock of this process; 0 once it is known by how much it is wrong.
    let from = this.now();
    let last = 0;
    for (;;) {
      const next = firstDue(this.#times, from || this.now(), last) ?? 0;
      const { attempts } = this.#rule;
      const { spec } = this.#times;
      const declaration = { spec, next, isFirst: !this.#isDeclared, from, attempts };
      const declared = await this.#compared(this.#home.run(declareSchedule, declaration));
      if (declared.record) return declared.record;
      from = 0;
      last = declared.last;
    }
  }

  /** Called when the record has changed, or at the due time. Never rejects. */
  async #look(): Promise<void> {
    this.#isAgain = true;
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#isAgain && !this.#isOver) {
      this.#isAgain = false;
      try {
        await this.#deal();
      } catch (error) {
        // A declaration also replaces a record that cannot be read.
        this.#trouble(error, () => void this.#declare());
      }
    }
    this.#isBusy = false;
  }

  async #deal(): Promise<void> {
    const { texts, base } = this.#home;
    this.#record = readRecord(await texts.get(base + RECORD));
    const record = this.#record;
    if (!record || record.spec !== this.#times.spec || record.paused === 1 || record.next === 0)
      return;
    const now = this.now();
    if (now < record.next) return this.#lookIn(record.next - now);
    const { latest, due, missed, next } = firingAt(this.#times, this.#rule, record.next, now);
    const firing = this.#home.run(fireSchedule, {
      ...{ spec: record.spec, due: record.next, latest, next: next ?? 0, missed },
      run: due === undefined ? undefined : { due, job: jobOf(due, this.#rule.attempts) },
      overlap: this.#rule.overlap,
    });
    const fired = await this.#compared(firing);
    this.#isTold = false;
    // The clock that decides may be behind this one. It may have reached the due time all the same, but not `latest`.
    const { isFirst, now: judged } = fired;
    if (!isFirst && fired.record?.next === record.next) this.#lookIn(record.next - judged);
    else this.#isAgain = true;
  }

  /** Compares the clock that decides with that of this process. */
  async #compared<Answer extends { readonly now: number }>(call: Promise<Answer>): Promise<Answer> {
    const start = timeOfDay();
    const answer = await call;
    this.#offset = clockOffset(start, answer.now, timeOfDay());
    this.#aheadOfMonotonic = aheadOfMonotonic();
    return answer;
  }

  #lookIn(ms: number): void {
    clearTimer(this.#timer);
    this.#timer = setTimer(() => this.#lookAtClock(), lookAgainMs(ms, 'machine'));
  }

  /** Compares the clocks anew if this one was set, or if the other one was behind, and may have been corrected. */
  #lookAtClock(): void {
    const next = this.#record?.next ?? 0;
    const left = next - this.now();
    const wasSet = Math.abs(aheadOfMonotonic() - this.#aheadOfMonotonic) > SET_MS;
    const isDueHere = left > 0 && next <= timeOfDay();
    if (wasSet || isDueHere) return void this.#declare();
    if (left > 0) this.#lookIn(left);
    else void this.#look();
  }

  #trouble(error: unknown, again: () => void): void {
    if (this.#isOver || this.#home.isStoreClosed(error)) return;
    if (!this.#isTold) {
      process.emitWarning(new QueueTroubleError(this.#home.name, 'The schedule', error));
    }
    this.#isTold = true;
    clearTimer(this.#timer);
    this.#timer = setTimer(again, RETRY_MS);
  }
}

function aheadOfMonotonic(): number {
  return timeOfDay() - performance.now();
}

/** The procedure writes its data: the due time, and how many were missed. */
export function jobOf(due: number, maxAttempts: number): NewJob {
  const rest = { priority: 0, delayMs: 0, dedupeMs: 0, bytes: 0, after: [], isFresh: false };
  return { id: String(due), maxAttempts, data: '', ...rest };
}

export function manualJob(maxAttempts: number): NewJob {
  const job = jobOf(0, maxAttempts);
  return { ...job, id: manualId(), data: `[${timeOfDay()},0]` };
}
