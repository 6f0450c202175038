// The contract of a worker's turn (take-jobs.ts): its input and its output.
import type { JobRecord } from '../state/record.js';
import type { Keep } from '../state/trim.js';

/** `done`; `failed` for good; `again`: tried again after a delay; `back`: given back as if it had never been taken. */
type Verdict = 'done' | 'failed' | 'again' | 'back';

export interface Settlement {
  readonly id: string;
  /** The fencing token of its lease. */
  readonly token: number;
  readonly verdict: Verdict;
  /** The delay of `again`. */
  readonly delayMs: number;
  /** Codec text of the result or the error; may be empty. */
  readonly outcome: string;
}

/** Microseconds for each job, and how many may start at once. An interval of 0 is no limit. */
export interface Pace {
  readonly intervalUs: number;
  readonly burst: number;
}

export interface TurnInput {
  readonly settlements: readonly Settlement[];
  /** The most jobs to take. */
  readonly take: number;
  readonly leaseMs: number;
  readonly owner: string;
  /** On all workers together; 0 for no bound. */
  readonly maxRunning: number;
  readonly pace: Pace;
  readonly keepDone: Keep;
  readonly keepFailed: Keep;
  /** Codec text of the error of a job whose lease ended. */
  readonly stalledOutcome: string;
}

export interface TurnOutput {
  /** For each settlement, whether the lease was held. */
  readonly settled: readonly boolean[];
  readonly jobs: readonly JobRecord[];
  /** The time until the next job or lease is due, which wakes nobody; `undefined` if there is none. */
  readonly nextMs: number | undefined;
  /** The time until jobs are to be dropped that are no longer kept; `undefined` if there are none. */
  readonly dropMs: number | undefined;
  /** Whether other programs have written into the queue, so that jobs may be where nobody finds them. */
  readonly isDamaged: boolean;
}
