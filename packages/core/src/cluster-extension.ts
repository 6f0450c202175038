/**
 * The contract of an extension: a part of the primary that is not supervision, given with
 * `startCluster({ extensions: [...] })`. docs/guide/own-extension.md shows one.
 *
 * - The primary calls `start` before it forks anything, and waits for it. Then come `forkSettings`, `workerForked`,
 *   `workerReady` and `workerExited` for each worker; `stopping` once; and `stopped` when the last worker is gone, which the
 *   stop waits for. Extensions are called in the order of the list.
 * - What an extension throws, or rejects with, is logged as `extension.failed` with its name, and supervision goes on. One
 *   whose `start` fails is off: nothing else of it is called, and `status().unavailable` lists it.
 * - `start` and `stopped` are waited for no longer than `timeoutMs`. Code that blocks the event loop blocks the primary:
 *   nothing can help against that.
 * - An extension keeps no process alive: it closes in `stopped` what it has opened.
 */
import type { Cluster } from './cluster.js';
import type { WorkerExit, WorkerIdentity, WorkerInfo } from './worker-status.js';

export interface ClusterExtension {
  /** What the log calls it: 1 to 100 characters. No two extensions of a cluster have the same. */
  readonly name: string;
  /** Milliseconds that `start` and `stopped` are waited for, each. Default: 10,000. */
  readonly timeoutMs?: number;
  /**
   * Called before the first fork. No worker is there yet: do not wait for a reload or a scale, which come after the start.
   */
  start?(context: ExtensionContext): Promise<void> | void;
  /**
   * Called just before each fork. Returns environment variables and Node's own arguments for that worker, on top of those
   * of its role. Names that begin with `MUSTER_` are refused.
   */
  forkSettings?(worker: WorkerIdentity): ForkSettings | undefined;
  /** Called in the turn of the fork. */
  workerForked?(worker: WorkerInfo): void;
  workerReady?(worker: WorkerInfo): void;
  /** Called when the process is gone and its locks are free: before the event `workerExit`, and before its replacement starts. */
  workerExited?(exit: WorkerExit): void;
  /** Called when the cluster begins to stop. */
  stopping?(reason: string): void;
  /** Called when the last worker is gone. */
  stopped?(): Promise<void> | void;
}

/** What an extension may ask of the primary. */
export interface ExtensionContext {
  readonly cluster: Cluster;
  /** The log of the cluster. */
  readonly log: Log;
  /**
   * Replaces the worker of a slot: the replacement starts first, in turn with reloads and scaling. If the replacement fails, a
   * worker that should be killed is killed all the same, and the slot follows its restart policy.
   *
   * @throws InvalidOptionError for wrong options, or if there is no such slot
   * @throws WorkerStartError, ClusterStoppedError
   */
  replace(slot: number, options: ReplaceOptions): Promise<void>;
}

/** What a fork of this worker gets on top of what its role says. */
export interface ForkSettings {
  readonly env?: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
}

export interface ReplaceOptions {
  /** For people: the log and errors show it. */
  readonly reason: string;
  /**
   * How the old worker goes once the new one is ready, or has failed: `'drain'` (the default), or `'kill'` for a worker that
   * cannot drain. A function is called at that moment; if it throws, that is logged and the worker drains.
   */
  readonly then?: Removal | (() => Removal);
  /** Replaces only this process: if it no longer serves in its slot, nothing is done. */
  readonly generation?: number;
}

export type Removal = 'drain' | 'kill';

/** `event` is a name for machines, `message` a sentence for people, `fields` what both speak of. */
export interface Log {
  readonly info: Report;
  readonly warn: Report;
  readonly error: Report;
}

export type Report = (
  event: string,
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;
