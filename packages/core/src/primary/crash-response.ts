// What happens when workers end by themselves: told, followed up by policy, and, where the budget is spent, given up.

import type { WorkerExit } from '../worker-status.js';
import { type Announcer, describe, fieldsOf } from './announcer.js';
import type { LaunchFailure } from './launch.js';
import type { RestartDecision } from './restart-policy.js';
import { type Crash, decideRestart, type Ending, isCrash } from './restart-policy.js';
import { lackOf } from './same-addresses.js';
import type { Slot } from './slot.js';
import type { SlotEvents } from './slot-contract.js';
import type { SlotTable } from './slot-table.js';
import type { WorkerProcess } from './worker-process.js';

export interface CrashResponseOptions {
  readonly table: SlotTable;
  readonly announcer: Announcer;
  readonly maxClusterCrashes: number;
  /** No slot has a worker, or will have one. `failed`: because a budget is spent, or a worker that was not to be replaced failed. */
  nothingLeft(failed: boolean): void;
}

export class CrashResponse implements SlotEvents {
  readonly #options: CrashResponseOptions;
  /** When workers crashed, on the clock of `Date.now()`. */
  #crashedAt: number[] = [];

  constructor(options: CrashResponseOptions) {
    this.#options = options;
  }

  ready(worker: WorkerProcess): void {
    this.#options.announcer.workerReady(worker);
  }

  exited(exit: WorkerExit): void {
    this.#options.announcer.workerExited(exit);
  }

  failed(failure: LaunchFailure): void {
    const { slot, role, generation, reason, stderr } = failure;
    this.#options.announcer.log.error('worker.failed', failure.message, {
      ...{ slot, role, generation, reason, stderr },
    });
  }

  lacks({ info, addresses }: WorkerProcess, missing: readonly string[]): void {
    const lack = lackOf(missing, addresses.current);
    this.#options.announcer.log.warn('worker.missing-address', `${describe(info)} ${lack}`, {
      ...fieldsOf(info),
      missing,
    });
  }

  decide(slot: Slot, ending: Ending, crashes: readonly Crash[]): RestartDecision {
    const { restart } = slot.role;
    const { maxClusterCrashes } = this.#options;
    const now = Date.now();
    if (isCrash(ending)) this.#crashedAt.push(now);
    this.#crashedAt = this.#crashedAt.filter((at) => now - at < restart.windowMs).slice(-100_000);
    const policy = { ...restart, maxClusterCrashes };
    return decideRestart(ending, crashes, this.#crashedAt.length, policy, Math.random());
  }

  restarting(slot: Slot, delayMs: number): void {
    this.#options.announcer.log.info(
      'worker.restart',
      `generation ${slot.generation + 1} of slot ${slot.slot} follows in ${delayMs} ms`,
      { slot: slot.slot, role: slot.role.role, delayMs },
    );
  }

  over(slot: Slot, decision: Exclude<RestartDecision, { kind: 'replace' }>): void {
    const { table } = this.#options;
    const ofRole = table.of(slot.role);
    if (decision.kind === 'give-up') {
      const { windowMs } = slot.role.restart;
      const whose = decision.of === 'slot' ? `slot ${slot.slot}` : 'the cluster';
      this.#roleStopped(
        slot.role.role,
        `crash ${decision.crashes} of ${whose} within ${windowMs} ms spent the budget. Fix what its workers printed; ` +
          'reload() starts the role again',
      );
      for (const one of ofRole) void one.retire();
    } else if (ofRole.every(({ isOver }) => isOver)) {
      this.#roleStopped(slot.role.role, 'its workers have ended, and are not to be replaced');
    }
    const all = table.all();
    if (!all.every(({ isOver }) => isOver)) return;
    const failed = all.some(({ lastExit }) => lastExit && !lastExit.planned && lastExit.code !== 0);
    this.#options.nothingLeft(decision.kind === 'give-up' || failed);
  }

  /** It drained for too long. */
  overdue({ info }: WorkerProcess, timeoutMs: number): void {
    this.#options.announcer.log.warn(
      'worker.overdue',
      `${describe(info)} still drained after ${timeoutMs} ms; it is killed. ` +
        'Long-lived connections and loops need an onDrain() that ends them.',
      fieldsOf(info),
    );
  }

  #roleStopped(role: string, reason: string): void {
    const { announcer } = this.#options;
    announcer.log.error('role.stopped', `role ${role} stops: ${reason}.`, { role, reason });
    announcer.tell('roleStopped', { role, reason });
  }
}
