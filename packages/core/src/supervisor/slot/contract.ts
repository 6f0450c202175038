// What a slot needs and reports, and the options with which it replaces its worker.

import type { ReplaceOptions } from '../../cluster-extension.js';
import type { WorkerExit, WorkerIdentity } from '../../worker-status.js';
import type { ResolvedRole } from '../options/role-options.js';
import type { LaunchFailure } from '../process/launch-failure.js';
import type { Release } from '../process/release.js';
import type { ProcessEvent, WorkerProcess } from '../process/worker-process.js';

export interface SlotOptions {
  readonly slot: number;
  readonly role: ResolvedRole;
  /** The generation that the slot had last; 0 for a new one. */
  readonly generation: number;
  /** What it runs. Default: a new one. */
  readonly release?: Release;
  readonly events: SlotEvents;
  /** Runs the app's hook before a fork. Resolves with environment variables for the worker. */
  prepare(worker: WorkerIdentity): Promise<Record<string, string>>;
  fork(worker: WorkerIdentity, fork: SlotFork): WorkerProcess;
}

export interface SlotFork {
  readonly release: Release;
  /** Whether another process is still in the slot. */
  readonly overlaps: boolean;
  /** Whether it is offered no connections until `openGate()`. */
  readonly held: boolean;
  readonly env: Record<string, string>;
  /** Called in the same turn as what happens to the process. */
  on(event: ProcessEvent): void;
}

/** A slot as others see it. */
export interface SlotReport {
  readonly slot: number;
  readonly role: ResolvedRole;
  /** The generation of the newest worker that the slot had. */
  readonly generation: number;
  /** Set while its workers fail again and again, until one has lived for `restart.stableMs`. */
  readonly failing: FailureStreak | undefined;
  /** The number of recent crashes, if it reaches the budget of `restart.giveUp`. */
  readonly crashesOverBudget: number | undefined;
  readonly lastExit: WorkerExit | undefined;
  /** Whether no worker follows: the slot was given up or stopped, or its worker ended as it should. */
  readonly isOver: boolean;
  /** Whether its worker ended as it should and is not to run again. */
  readonly hasEnded: boolean;
  /** Whether one of its workers is ready and offered connections. */
  readonly serves: boolean;
}

/**
 * What a slot reports. No call throws. `logged`: whether the log has a line for it. A slot that fails again and again gets
 * ever fewer lines.
 */
export interface SlotEvents {
  ready(worker: WorkerProcess, logged: boolean): void;
  exited(exit: WorkerExit, logged: boolean): void;
  /** A worker that the slot started by itself did not come up. */
  failed(failure: LaunchFailure, logged: boolean): void;
  /** A worker that now serves lacks addresses of its predecessor. */
  lacks(worker: WorkerProcess, missing: readonly string[]): void;
  /** A replacement follows after `delayMs`. */
  restarting(slot: SlotReport, delayMs: number, logged: boolean): void;
  /** The serving worker ended, or its replacement failed. `failing` has changed. */
  lost(slot: SlotReport): void;
  /** The slot has recovered. */
  recovered(slot: SlotReport): void;
  /** No worker follows: the last one ended as it should, the slot was given up, or the attempt to bring it back failed. */
  over(slot: SlotReport): void;
}

/** A slot whose workers fail again and again. */
export interface FailureStreak {
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** How many in a row failed. */
  readonly failures: number;
  /** How the last one failed. */
  readonly reason: string;
}

export interface SlotReplaceOptions {
  /** Default: the release that runs in the slot. */
  readonly release?: Release;
  /** Replaces the worker of this generation only. */
  readonly generation?: number | undefined;
  /**
   * Milliseconds that the new worker has to live before its predecessor goes: the first half without connections, the
   * second half with them. Default: 0.
   */
  readonly watchMs?: number;
  readonly then?: ReplaceOptions['then'];
  /** Whether the new worker may lack an address of the old one. Default: false. */
  readonly allowMissing?: boolean;
  /** When aborted, drops the new worker, unless its predecessor is already leaving. */
  readonly signal?: AbortSignal;
}

export interface SlotReplacement {
  readonly worker: WorkerProcess;
  /** The release that the old worker ran. */
  readonly before: Release;
  /** Settles when the old worker is gone. */
  readonly predecessorGone: Promise<unknown>;
}
