/**
 * The contract of schedules.
 *
 * - Each due time has one run among all processes of all machines that have the schedule, also across restarts. If a clock is set
 *   back, nothing runs again; if it is set forward, the due times in between count as missed.
 * - A process that starts with another declaration changes the schedule, for due times after that of the last run. If no process
 *   has had that declaration for three minutes, the one of a process that is left takes its place.
 * - One clock decides: that of Redis, or of the machine. A run starts when this clock shows the due time.
 * - A run is a job: it has a lease and attempts, and runs again if its worker dies.
 */
import type { SharedStore } from '@muster/store';
import type { Backoff, Job, JobError, Queue } from './queue.js';

/** The due times of a schedule, in one of three ways. */
export type ScheduleTimes =
  | {
      /** Five parts, or six with seconds first, as croner has them. */
      cron: string;
      /** An IANA name, such as `Europe/Paris`. Default: the time zone of the process. */
      timeZone?: string | undefined;
      everyMs?: undefined;
      at?: undefined;
    }
  | {
      /** Milliseconds, 100 or more, counted from the epoch: 60,000 means each full minute. */
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
  /** 1 to 128 bytes of UTF-8. The same name in the same store is the same schedule. */
  name: string;
  /**
   * What happens after due times at which no process could run it. `once` (default): one run, for the last of them. `skip`: no run
   * for a due time that is more than `graceMs` ago.
   */
  missed?: 'once' | 'skip' | undefined;
  /** Milliseconds by which a run may be late without counting as missed. Default 60,000. */
  graceMs?: number | undefined;
  /** Whether a run may start while another one goes on. Default false: that due time is missed. */
  overlap?: boolean | undefined;
  /** How often a run is tried. Default 3. */
  attempts?: number | undefined;
  backoff?: Backoff | undefined;
  /** As `leaseMs` of a queue. Default 30,000. */
  leaseMs?: number | undefined;
};

/** For what a run is. */
export interface RunTimes {
  /** Its due time, or when `runNow()` or `runSchedule()` was called. */
  readonly dueAt: Date;
  /** The number of due times since the last run that had no run; at most 1,000. */
  readonly missed: number;
  readonly isManual: boolean;
}

/** A run as its handler sees it. */
export interface ScheduleRun
  extends RunTimes,
    Pick<Job<unknown>, 'attempt' | 'maxAttempts' | 'token' | 'signal' | 'progress'> {}

export type ScheduleHandler = (run: ScheduleRun) => unknown;

/** Keeps its process alive until it is closed, like a server that listens. */
export interface Schedule extends AsyncDisposable {
  readonly name: string;
  /** When it runs next; `undefined` if it never does, and while it is paused. */
  next(): Promise<Date | undefined>;
  /** The due time of its last run. */
  last(): Promise<Date | undefined>;
  /** Adds one more run, which starts when a worker is free. It does so each time, also if another run already waits. */
  runNow(): Promise<void>;
  /** Nothing runs until `resume()`. Due times in between are left out. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Waits for runs in this process to end. */
  close(): Promise<void>;
}

/** A run that failed for good: with all of its attempts, or with a `JobUnrecoverableError`. */
export interface FailedRun {
  readonly dueAt: Date;
  readonly isManual: boolean;
  readonly attempts: number;
  readonly endedAt: Date | undefined;
  /** That of the last attempt. */
  readonly error: JobError | undefined;
}

/** A schedule as the store knows it. */
export interface ScheduleInfo {
  readonly name: string;
  /** Its latest declaration. */
  readonly cron: string | undefined;
  readonly timeZone: string | undefined;
  readonly everyMs: number | undefined;
  readonly at: Date | undefined;
  readonly next: Date | undefined;
  readonly last: Date | undefined;
  readonly isPaused: boolean;
  /** Whether no process has had it for three minutes: it is gone from the code, or no process with it is running. */
  readonly isOrphaned: boolean;
  /** How many runs failed for good, of those that are kept: about the last 100. */
  readonly failed: number;
  /** The last of them. */
  readonly lastFailure: FailedRun | undefined;
}

/** What `runSchedule()` did. */
export interface RunStart {
  /**
   * `added`: it added a run. `waiting`: a run waited to start, or for its next attempt, and starts next; no other was added.
   * `orphaned`: it added none, because no process has had the schedule for three minutes. `unknown`: the store has no such schedule.
   */
  readonly outcome: 'added' | 'waiting' | 'orphaned' | 'unknown';
  /** The id of the run that starts; `undefined` for none. */
  readonly id: string | undefined;
}

/** The runs of a schedule, as the jobs that they are. The data of a run is for what it is. */
export type ScheduleRuns = Pick<
  Queue<RunTimes>,
  'name' | 'get' | 'wait' | 'retry' | 'failed' | 'waiting' | 'counts' | 'close'
> &
  AsyncDisposable;
