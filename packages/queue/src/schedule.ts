/**
 * The contract of schedules.
 *
 * - Of each due time there is one run among all processes of all machines that have the schedule, also across restarts, and
 *   when clocks are set: back, nothing runs again; forward, what was left out counts as missed.
 * - One clock judges: that of Redis, or of the machine. A run starts once it shows the due time.
 * - A run is a job: it has a lease and attempts, and is run again where its worker dies.
 */
import type { SharedStore } from '@muster/store';
import type { Backoff, Job } from './queue.js';

/** When a schedule runs: one of the three. */
export type ScheduleTimes =
  | {
      /** Five parts, or six with seconds first, as croner has them. */
      cron: string;
      /** Of IANA, such as `Europe/Paris`. Default: that of the process. */
      timeZone?: string | undefined;
      everyMs?: undefined;
      at?: undefined;
    }
  | {
      /** Milliseconds from 100 on, counted from the epoch: 60,000 is each full minute. */
      everyMs: number;
      cron?: undefined;
      timeZone?: undefined;
      at?: undefined;
    }
  | {
      /** Once. */
      at: Date;
      cron?: undefined;
      timeZone?: undefined;
      everyMs?: undefined;
    };

export type ScheduleOptions = ScheduleTimes & {
  store: SharedStore;
  /** 1 to 128 bytes of UTF-8: the same schedule for all who give the same name, in the same store. */
  name: string;
  /**
   * Of due times at which nobody could run: `once` (default) runs for the last of them when somebody can; `skip` leaves out
   * what is later than `graceMs`.
   */
  missed?: 'once' | 'skip' | undefined;
  /** Milliseconds by which a run may be late and is not missed. Default 60,000. */
  graceMs?: number | undefined;
  /** Whether a run may start while another one goes on. Default false: that due time is missed. */
  overlap?: boolean | undefined;
  /** How often a run is tried. Default 3. */
  attempts?: number | undefined;
  backoff?: Backoff | undefined;
  /** As that of a queue. Default 30,000. */
  leaseMs?: number | undefined;
};

/** A run as its handler sees it. */
export interface ScheduleRun
  extends Pick<Job<unknown>, 'attempt' | 'maxAttempts' | 'token' | 'signal' | 'progress'> {
  /** Its due time, or when `runNow()` was called. */
  readonly dueAt: Date;
  /** Due times before it, since the last run, at which there was none; 1,000 stands for any more. */
  readonly missed: number;
  readonly isManual: boolean;
}

export type ScheduleHandler = (run: ScheduleRun) => unknown;

/** As a server that listens, it keeps its process alive until it is closed. */
export interface Schedule extends AsyncDisposable {
  readonly name: string;
  /** When it runs next; `undefined` for never, and while it is paused. */
  next(): Promise<Date | undefined>;
  /** The due time of its last run. */
  last(): Promise<Date | undefined>;
  /** Runs it once more, whenever a worker has time for it. */
  runNow(): Promise<void>;
  /** Nothing runs until `resume()`, after which the next due time is the next one. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Lets runs of this process end. */
  close(): Promise<void>;
}

/** A schedule as the store knows it. */
export interface ScheduleInfo {
  readonly name: string;
  /** As it was declared last. */
  readonly cron: string | undefined;
  readonly timeZone: string | undefined;
  readonly everyMs: number | undefined;
  readonly at: Date | undefined;
  readonly next: Date | undefined;
  readonly last: Date | undefined;
  readonly isPaused: boolean;
  /** No process has had it for three minutes: it is gone from the code, or nothing runs that has it. */
  readonly isOrphaned: boolean;
}
