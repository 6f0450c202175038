// The part of one process in a schedule: it waits for the next due time, and tries to be the first to handle it.
import { clearInterval, setInterval } from 'node:timers';
import { clearTimer, MOST_MS, setTimer, type Timer, timeOfDay } from '@muster/codec/timers';
import { nanoid } from 'nanoid';
import { QueueTroubleError } from '../errors.js';
import type { NewJob } from '../procedures/new-job.js';
import type { QueueHome } from '../queue-home.js';
import { firingAt, type MissedRule } from './firing.js';
import { declareSchedule, fireSchedule, RECORD, readRecord } from './procedures.js';
import type { ScheduleRecord } from './record.js';
import type { Times } from './times.js';

/** Milliseconds between looks at the clock of the machine, which may be set. A look does not ask the store. */
const LOOK_MS = 15_000;
/** Milliseconds between two reports to the store that this process has the schedule. */
export const SEEN_EVERY_MS = 60_000;
const RETRY_MS = 1_000;

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
      const now = timeOfDay();
      // The only due time of a new schedule may be over without having been handled.
      const next = this.#times.after(now) ?? this.#times.upTo(now) ?? 0;
      const isFirst = !this.#isDeclared;
      const declaration = { spec: this.#times.spec, next, isFirst };
      this.#record = await this.#home.run(declareSchedule, declaration);
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
        this.#trouble(error, () => void this.#look());
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
    const now = timeOfDay();
    if (now < record.next) return this.#lookIn(record.next - now);
    const { due, missed, next } = firingAt(this.#times, this.#rule, record.next, now);
    const fired = await this.#home.run(fireSchedule, {
      ...{ spec: record.spec, due: record.next, next: next ?? 0, missed },
      run: due === undefined ? undefined : { due, job: jobOf(due, this.#rule.attempts) },
      overlap: this.#rule.overlap,
    });
    this.#isTold = false;
    // The clock that decides may be behind this one.
    const { isFirst, now: judged } = fired;
    if (!isFirst && fired.record?.next === record.next) this.#lookIn(record.next - judged);
    else this.#isAgain = true;
  }

  #lookIn(ms: number): void {
    clearTimer(this.#timer);
    this.#timer = setTimer(() => this.#lookAtClock(), Math.min(Math.max(ms, 1), LOOK_MS));
  }

  #lookAtClock(): void {
    const left = (this.#record?.next ?? 0) - timeOfDay();
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

/** The procedure writes its data: the due time, and how many were missed. */
function jobOf(due: number, maxAttempts: number): NewJob {
  const rest = { priority: 0, delayMs: 0, dedupeMs: 0, bytes: 0, after: [], isFresh: false };
  return { id: String(due), maxAttempts, data: '', ...rest };
}

export function manualJob(maxAttempts: number): NewJob {
  const job = jobOf(0, maxAttempts);
  return { ...job, id: `now-${nanoid()}`, data: `[${timeOfDay()},0]` };
}
