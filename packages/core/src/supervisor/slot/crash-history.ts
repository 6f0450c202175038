// What a slot remembers of its workers: how often they crashed, and whether they fail again and again.

import { performance } from 'node:perf_hooks';
import { clearTimer, setTimer, type Timer, timeOfDay } from '@muster/codec/timers';
import type { WorkerExit } from '../../worker-status.js';
import {
  crashesOverBudget,
  type EarlyExits,
  isFailing,
  isLogged,
  NO_EARLY_EXITS,
  recordExit,
} from '../restart/early-exits.js';
import { isCrash, type RestartPolicy } from '../restart/restart-policy.js';
import type { FailureStreak } from './contract.js';

/** A worker that is gone; `readyAt` is on the clock of `performance.now()`. */
type Lost = { readonly readyAt: number | undefined };

export class CrashHistory {
  readonly #policy: RestartPolicy;
  #earlyExits: EarlyExits = NO_EARLY_EXITS;
  #failing: FailureStreak | undefined;
  #crashes = 0;
  #stable: Timer | undefined;

  constructor(policy: RestartPolicy) {
    this.#policy = policy;
  }

  /** How many of its workers have crashed since the start. */
  get crashes(): number {
    return this.#crashes;
  }

  get failing(): FailureStreak | undefined {
    return this.#failing;
  }

  /** How many in a row exited early. */
  get inARow(): number {
    return this.#earlyExits.inARow;
  }

  /** Whether the log has a line for the last exit (0), or for the next one (1). */
  isLogged(next: 0 | 1): boolean {
    return isLogged(this.#earlyExits.inARow + next);
  }

  /** The number of recent crashes, if it reaches the budget. */
  crashesOverBudget(): number | undefined {
    return crashesOverBudget(this.#earlyExits, performance.now(), this.#policy.giveUp);
  }

  /** A worker that was to serve ended, or leaves by itself and has not exited yet, or could not be forked. */
  lost(slot: number, worker: Lost | undefined, exit: WorkerExit | undefined): void {
    clearTimer(this.#stable);
    const now = performance.now();
    if (!worker || (exit && isCrash(exit))) this.#crashes += 1;
    const livedMs = worker?.readyAt === undefined ? undefined : now - worker.readyAt;
    this.#earlyExits = recordExit(this.#earlyExits, livedMs, now, this.#policy);
    if (!isFailing(this.#earlyExits)) {
      this.#failing = undefined;
      return;
    }
    this.#failing = {
      since: this.#failing?.since ?? timeOfDay(),
      failures: this.#earlyExits.inARow,
      reason: reasonOf(slot, worker, exit),
    };
  }

  /** A worker that was not to serve, or no longer, ended unplanned. That says nothing about its successors. */
  crashedAside(): void {
    this.#crashes += 1;
  }

  /** A worker is ready. If the slot was failing, calls `recover` once this worker has lived for `stableMs`. */
  recoverLater(recover: () => void): void {
    clearTimer(this.#stable);
    if (this.#failing) this.#stable = setTimer(recover, this.#policy.stableMs);
  }

  /** @returns whether the slot was failing */
  recover(): boolean {
    clearTimer(this.#stable);
    const was = this.#failing !== undefined;
    this.#earlyExits = NO_EARLY_EXITS;
    this.#failing = undefined;
    return was;
  }
}

/** Without the worker's output, which may be anything. */
function reasonOf(slot: number, worker: Lost | undefined, exit: WorkerExit | undefined): string {
  if (!worker) return `the worker of slot ${slot} could not be forked`;
  if (exit?.spawnError) return `the worker of slot ${slot} could not be forked: ${exit.spawnError}`;
  const when = worker.readyAt === undefined ? 'before it was ready' : 'soon after it was ready';
  if (!exit) return `the worker of slot ${slot} left ${when}`;
  const how = exit.signal ? `was killed by ${exit.signal}` : `exited with code ${exit.code}`;
  return `the worker of slot ${slot} ${how} ${when}`;
}
