// What follows when workers end by themselves: it is announced, and the slot is retried; it is given up only if the options
// say so.

import type { WorkerExit } from '../worker-status.js';
import { type Announcer, describe, fieldsOf } from './events/announcer.js';
import { DegradedRoles } from './events/degraded-roles.js';
import type { LaunchFailure } from './process/launch-failure.js';
import { lackOf } from './process/required-addresses.js';
import type { WorkerProcess } from './process/worker-process.js';
import type { SlotEvents, SlotReport } from './slot/contract.js';
import type { SlotTable } from './slot/slot-table.js';

export interface CrashResponseOptions {
  readonly table: SlotTable;
  readonly announcer: Announcer;
  /**
   * Called when no slot has a worker or will have one. `failed`: a role was given up, or a worker that is not to be
   * replaced failed.
   */
  nothingLeft(failed: boolean): void;
}

export class CrashResponse implements SlotEvents {
  readonly #options: CrashResponseOptions;
  readonly #degraded: DegradedRoles;
  #gaveUp = false;

  constructor(options: CrashResponseOptions) {
    this.#options = options;
    this.#degraded = new DegradedRoles(options.announcer);
  }

  ready(worker: WorkerProcess, logged: boolean): void {
    this.#degraded.ready(worker.role);
    this.#options.announcer.workerReady(worker, logged);
  }

  exited(exit: WorkerExit, logged: boolean): void {
    this.#options.announcer.workerExited(exit, logged);
  }

  failed(failure: LaunchFailure, logged: boolean): void {
    if (!logged) return;
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

  restarting(slot: SlotReport, delayMs: number, logged: boolean): void {
    if (!logged) return;
    this.#options.announcer.log.info(
      'worker.restart',
      `generation ${slot.generation + 1} of slot ${slot.slot} follows in ${delayMs} ms`,
      { slot: slot.slot, role: slot.role.role, delayMs },
    );
  }

  lost(slot: SlotReport): void {
    const ofRole = this.#options.table.of(slot.role);
    this.#degraded.look(slot.role, ofRole);
    const crashes = slot.crashesOverBudget;
    if (crashes === undefined || ofRole.some(({ serves }) => serves)) return;
    const { windowMs } = slot.role.restart.giveUp ?? {};
    this.#gaveUp = true;
    this.#roleStopped(
      slot.role.role,
      `crash ${crashes} of slot ${slot.slot} within ${windowMs} ms, and nothing of the role serves: restart.giveUp. ` +
        'Fix what its workers printed; reload() starts the role again',
    );
    this.#degraded.giveUp(slot.role.role);
    for (const one of ofRole) one.giveUp();
  }

  recovered(slot: SlotReport): void {
    this.#degraded.look(slot.role, this.#options.table.of(slot.role));
  }

  over(slot: SlotReport): void {
    const ofRole = this.#options.table.of(slot.role);
    this.#degraded.look(slot.role, ofRole);
    // A role that was given up has already been announced.
    if (slot.hasEnded && ofRole.every(({ isOver }) => isOver)) {
      this.#roleStopped(slot.role.role, 'its workers have ended, and are not to be replaced');
    }
    this.#lookForMore();
  }

  /** The worker drained for too long. */
  overdue({ info }: WorkerProcess, timeoutMs: number): void {
    this.#options.announcer.log.warn(
      'worker.overdue',
      `${describe(info)} still drained after ${timeoutMs} ms; it is killed. ` +
        'Long-lived connections and loops need an onDrain() that ends them.',
      fieldsOf(info),
    );
  }

  /** The worker exits, and does not end. */
  stuck({ info }: WorkerProcess, exitCode: number, afterMs: number): void {
    this.#options.announcer.log.warn(
      'worker.stuck',
      `${describe(info)} exits with ${exitCode}, and Node has not ended it after ${afterMs} ms; it is killed. ` +
        'Node 22 and later may wait for themselves there: https://github.com/nodejs/node/issues/54918.',
      { ...fieldsOf(info), exitCode },
    );
  }

  #lookForMore(): void {
    const all = this.#options.table.all();
    if (!all.every(({ isOver }) => isOver)) return;
    const failed = all.some(({ lastExit }) => lastExit && !lastExit.planned && lastExit.code !== 0);
    this.#options.nothingLeft(this.#gaveUp || failed);
  }

  #roleStopped(role: string, reason: string): void {
    const { announcer } = this.#options;
    announcer.log.error('role.stopped', `role ${role} stops: ${reason}.`, { role, reason });
    announcer.emit('roleStopped', { role, reason });
  }
}
