/**
 * How parts of the primary that are not supervision plug into it: health, admin endpoint, control socket, log relay.
 *
 * An extension is told in the order of the methods below. What one of them throws, other than `start`, is logged, and
 * supervision goes on. Extensions are listed in supervisor/extensions.ts; those of the worker's side are plain functions
 * that worker/lifecycle.ts calls before the app's code.
 */
import type { Worker } from 'node:cluster';
import type { Cluster } from '../cluster.js';
import type {
  SlotStatus,
  WorkerExit,
  WorkerIdentity,
  WorkerInfo,
  WorkerVitals,
} from '../worker-status.js';

export type Report = (
  event: string,
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** `event` is a name for machines, `message` a sentence for people, `fields` what both speak of. */
export interface Log {
  readonly info: Report;
  readonly warn: Report;
  readonly error: Report;
}

/** One worker process as extensions see it. */
export interface WorkerHandle extends WorkerIdentity {
  readonly info: WorkerInfo;
  /** Not while it is watched as the canary of a reload. */
  readonly takesConnections: boolean;
  /** Whether a signal opens its inspector, and its stderr alone tells where (see supervisor/process/inspector-flags.ts). */
  readonly opensInspectorInSecret: boolean;
  /** Node's own. */
  readonly process: Worker['process'];
}

/** What a fork of this worker gets on top of what its role says. */
export interface ForkSettings {
  readonly env?: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
}

export type Farewell = 'drain' | 'kill';

export interface ReplaceOptions {
  /** For people: it is logged, and stands in errors. */
  readonly reason: string;
  /**
   * What becomes of the old worker once the new one is ready, or failed: `'drain'` (the default), or `'kill'` for one that
   * cannot drain. A function is asked at that moment.
   */
  readonly then?: Farewell | (() => Farewell);
  /** Replaces this process only: where it is no longer the one that serves in its slot, nothing is done. */
  readonly generation?: number;
}

/** What extensions may ask of the supervisor. */
export interface Supervision {
  readonly cluster: Cluster;
  readonly log: Log;
  /** Those that are alive, by slot and generation. */
  handles(): WorkerHandle[];
  /** @throws ClusterMisuseError for a slot that there is not. */
  slotStatus(slot: number): SlotStatus;
  /**
   * Replaces the worker of a slot, replacement first, in turn with reloads and scaling. Where the new one fails, a worker
   * that should be killed is killed all the same, and the slot follows its restart policy.
   *
   * @throws WorkerStartError, ClusterStoppedError
   */
  replace(slot: number, options: ReplaceOptions): Promise<void>;
}

export interface Extension {
  readonly name: string;
  /** Before the first fork, which waits for it; a throw ends the start of the cluster. */
  start?(supervision: Supervision): Promise<void> | void;
  /**
   * While the first workers start; the cluster has not started before it has settled, and a throw ends the start. What
   * no fork needs is loaded and done here: the time until then is the time that a start takes.
   */
  meanwhile?(supervision: Supervision): Promise<void> | void;
  /** Once it has started and settled down: what is to be loaded before other files may be in its place. */
  later?(): Promise<unknown>;
  /** Just before a fork. */
  forkSettings?(worker: WorkerIdentity): ForkSettings;
  /** In the same turn as the fork. */
  workerForked?(worker: WorkerHandle): void;
  workerReady?(worker: WorkerHandle): void;
  /** Once it is gone: before the event, and before its replacement. */
  workerExited?(exit: WorkerExit): void;
  /** What it knows of a worker, for `status()`. */
  vitals?(worker: WorkerIdentity): WorkerVitals;
  /** The cluster begins to stop. */
  stopping?(reason: string): void;
  /** The last worker is gone. Waited for. */
  stopped?(): Promise<void> | void;
}
