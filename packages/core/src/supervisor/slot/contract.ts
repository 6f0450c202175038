// What a slot needs, what it reports, and with which options it replaces its worker.

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
  readonly events: SlotEvents;
  /** Runs the app's hook before a fork. Resolves with environment variables for the worker. */
  prepare(worker: WorkerIdentity): Promise<Record<string, string>>;
  fork(worker: WorkerIdentity, fork: SlotFork): WorkerProcess;
}

export interface SlotFork {
  readonly release: Release;
  /** Whether another process still is in the slot. */
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
  /** Of the newest worker that the slot had. */
  readonly generation: number;
  /** That its workers fail again and again, until one has lived for `restart.stableMs`. */
  readonly failing: FailureStreak | undefined;
  /** How many recent crashes there were, if `restart.giveUp` says that these are too many. */
  readonly crashesOverBudget: number | undefined;
  readonly lastExit: WorkerExit | undefined;
  /** Whether nothing follows: it was given up, its worker ended as it should, or it was stopped. */
  readonly isOver: boolean;
  /** Whether its worker ended as it should, and is not to run again. */
  readonly hasEnded: boolean;
  /** Whether a worker of it is ready, and offered connections. */
  readonly serves: boolean;
}

/**
 * What a slot reports. No call throws. `logged`: whether the log has a line for it. A slot that fails again and again gets
 * ever fewer lines.
 */
export interface SlotEvents {
  ready(worker: WorkerProcess, logged: boolean): void;
  exited(exit: WorkerExit, logged: boolean): void;
  /** A worker that was started as a matter of course did not come up. */
  failed(failure: LaunchFailure, logged: boolean): void;
  /** A worker that serves now lacks addresses that the one before it had. */
  lacks(worker: WorkerProcess, missing: readonly string[]): void;
  /** A worker follows after `delayMs`. */
  restarting(slot: SlotReport, delayMs: number, logged: boolean): void;
  /** What served ended, or what was to serve failed. What `failing` says of it has changed. */
  lost(slot: SlotReport): void;
  /** It is well again, after trouble. */
  recovered(slot: SlotReport): void;
  /** Nothing follows: its worker ended as it should, it was given up, or what was to bring it back failed. */
  over(slot: SlotReport): void;
}

/** A slot whose workers fail again and again. */
export interface FailureStreak {
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** How many in a row failed. */
  readonly failures: number;
  /** How the last one did. */
  readonly reason: string;
}

export interface SlotReplaceOptions {
  /** Default: what runs in the slot. */
  readonly release?: Release;
  /** Replaces the worker of this generation only. */
  readonly generation?: number | undefined;
  /**
   * Milliseconds that the new one has to live before its predecessor goes: half of them without connections, then half
   * with them. Default: 0.
   */
  readonly watchMs?: number;
  readonly then?: ReplaceOptions['then'];
  /** Whether the new one may do without an address that the old one has. Default: false. */
  readonly allowMissing?: boolean;
  /** Drops the new one, unless its predecessor goes already. */
  readonly signal?: AbortSignal;
}

export interface SlotReplacement {
  readonly worker: WorkerProcess;
  /** What the worker before ran. */
  readonly before: Release;
  /** Settles when the worker before is gone. */
  readonly predecessorGone: Promise<unknown>;
}
