// What a slot remembers of its workers: how often they crashed, and whether they fail again and again.

import { performance } from 'node:perf_hooks';
import { clearTimer, setTimer, type Timer, timeOfDay } from '@muster/codec/timers';
import type { WorkerExit } from '../../worker-status.js';
import { type Endings, ended, isFailing, isLogged, NO_ENDINGS, spent } from '../restart/endings.js';
import { isCrash, type RestartPolicy } from '../restart/restart-policy.js';
import type { Trouble } from './contract.js';

/** A worker that is none any more; `readyAt` on the clock of `performance.now()`. */
type Lost = { readonly readyAt: number | undefined };

export class History {
  readonly #policy: RestartPolicy;
  #endings: Endings = NO_ENDINGS;
  #trouble: Trouble | undefined;
  #crashes = 0;
  #stable: Timer | undefined;

  constructor(policy: RestartPolicy) {
    this.#policy = policy;
  }

  /** How many of its workers crashed, ever. */
  get crashes(): number {
    return this.#crashes;
  }

  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  /** How many in a row died young. */
  get young(): number {
    return this.#endings.young;
  }

  /** Whether the log tells of the `next` one, counted from the last that ended. */
  isLogged(next: 0 | 1): boolean {
    return isLogged(this.#endings.young + next);
  }

  /** How many crashes of late, where these are too many. */
  spent(): number | undefined {
    return spent(this.#endings, performance.now(), this.#policy.giveUp);
  }

  /** One that was to serve ended, or leaves by itself and has no exit yet; or it could not be forked. */
  lost(slot: number, worker: Lost | undefined, exit: WorkerExit | undefined): void {
    clearTimer(this.#stable);
    const now = performance.now();
    if (!worker || (exit && isCrash(exit))) this.#crashes += 1;
    const livedMs = worker?.readyAt === undefined ? undefined : now - worker.readyAt;
    this.#endings = ended(this.#endings, livedMs, now, this.#policy);
    if (!isFailing(this.#endings)) {
      this.#trouble = undefined;
      return;
    }
    this.#trouble = {
      since: this.#trouble?.since ?? timeOfDay(),
      failures: this.#endings.young,
      reason: reasonOf(slot, worker, exit),
    };
  }

  /** One that was not to serve, or not any more, ended unplanned: it says nothing of what comes next. */
  crashedAside(): void {
    this.#crashes += 1;
  }

  /** A worker is ready: where there was trouble, `recover` is called once this worker has lived for `stableMs`. */
  recoverLater(recover: () => void): void {
    clearTimer(this.#stable);
    if (this.#trouble) this.#stable = setTimer(recover, this.#policy.stableMs);
  }

  /** @returns whether there was trouble */
  recover(): boolean {
    clearTimer(this.#stable);
    const was = this.#trouble !== undefined;
    this.#endings = NO_ENDINGS;
    this.#trouble = undefined;
    return was;
  }
}

/** Without what the worker printed, which may be anything. */
function reasonOf(slot: number, worker: Lost | undefined, exit: WorkerExit | undefined): string {
  if (!worker) return `the worker of slot ${slot} could not be forked`;
  if (exit?.spawnError) return `the worker of slot ${slot} could not be forked: ${exit.spawnError}`;
  const when = worker.readyAt === undefined ? 'before it was ready' : 'soon after it was ready';
  if (!exit) return `the worker of slot ${slot} left ${when}`;
  const how = exit.signal ? `was killed by ${exit.signal}` : `exited with code ${exit.code}`;
  return `the worker of slot ${slot} ${how} ${when}`;
}
