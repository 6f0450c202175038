/**
 * How parts of the primary that are not supervision plug into it: health, the admin endpoint, the control socket, the log
 * relay, and those of an app (../cluster-extension.ts).
 *
 * The primary calls the methods of an extension in the order below. If a method other than `start` or `duringStart` throws,
 * the error is logged and supervision goes on. Extensions are listed in supervisor/extensions.ts; those of the worker's
 * side are plain functions that worker/lifecycle.ts calls before the app's code.
 */
import type { Worker } from 'node:cluster';
import type { ExtensionContext, ForkSettings, Log } from '../cluster-extension.js';
import type {
  ClusterStatus,
  Hang,
  SlotStatus,
  WorkerExit,
  WorkerIdentity,
  WorkerInfo,
  WorkerVitals,
} from '../worker-status.js';

/** One worker process as extensions see it. */
export interface WorkerHandle extends WorkerIdentity {
  readonly info: WorkerInfo;
  /** Not while it is watched as the canary of a reload. */
  readonly takesConnections: boolean;
  /** Whether a signal opens its inspector, and its stderr alone tells where (see supervisor/process/inspector-flags.ts). */
  readonly opensInspectorInSecret: boolean;
  /** Node's own. */
  readonly process: Worker['process'];
  /** Notes why it is replaced, for its status and its exit. */
  hangs(hang: Hang): void;
}

/** What extensions may ask of the supervisor. */
export interface Supervision extends ExtensionContext {
  /** The workers that are alive, ordered by slot and generation. */
  handles(): WorkerHandle[];
  /** @throws InvalidOptionError if there is no such slot. */
  slotStatus(slot: number): SlotStatus;
  readonly scaling: RoleScaling;
}

/** What it takes to let a number of workers follow the load. */
export interface RoleScaling {
  /** `isAtRest`: no operation runs or waits, and in each slot of the role one worker serves, and nothing else goes on. */
  look(role: string): { readonly workers: number; readonly isAtRest: boolean };
  /**
   * Resizes the role, with the release that it runs. Does nothing if it no longer has as many workers as `from`. Settles when
   * the new workers are ready; those that leave may still drain.
   *
   * @throws WorkerStartError, ClusterStoppedError
   */
  follow(role: string, change: LoadChange): Promise<void>;
}

export interface LoadChange {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** A line of the primary's log, before the logger of the app gets it. */
export interface LogLine {
  readonly level: keyof Log;
  readonly event: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

export interface Extension {
  readonly name: string;
  /** Whether the cluster starts without this extension when its `start` fails. Default: false. */
  readonly mayFail?: boolean;
  /** Called before the first fork, which waits for the promise. A throw ends the start of the cluster. */
  start?(supervision: Supervision): Promise<void> | void;
  /**
   * Called while the first workers start. The start of the cluster waits for the promise, and a throw ends it. Load and do here
   * what no fork needs: what happens in `start` makes every start longer.
   */
  duringStart?(supervision: Supervision): Promise<void> | void;
  /** Every worker is ready, and the start is over. */
  started?(): void;
  /** Called about a second after the start: loads what is needed later, before a deploy puts other files in its place. */
  preload?(): Promise<unknown>;
  /** Called just before a fork. */
  forkSettings?(worker: WorkerIdentity): ForkSettings;
  /** Called in the same turn as the fork. */
  workerForked?(worker: WorkerHandle): void;
  workerReady?(worker: WorkerHandle): void;
  /** Called when the process is gone: before the event, and before the replacement starts. */
  workerExited?(exit: WorkerExit): void;
  /** What the extension knows about a worker, for `status()`. */
  vitals?(worker: WorkerIdentity): WorkerVitals;
  /** What the extension knows about the cluster, for `status()`. */
  status?(): Pick<ClusterStatus, 'machines'>;
  /** The cluster begins to stop. */
  stopping?(reason: string): void;
  /** The last worker is gone. The stop waits for the promise. */
  stopped?(): Promise<void> | void;
}
