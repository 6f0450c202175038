/**
 * The contract of a cluster: what `startCluster()` gives back. What it takes is in cluster-options.ts, what it tells of
 * workers in worker-status.ts.
 *
 * What may be relied on:
 *
 * - A worker keeps its slot when it is replaced; its generation grows by one. Slots are 0…N-1 over all roles at the
 *   start. Scaling up takes the smallest free slots, scaling down gives up the highest ones of the role.
 * - A worker that exits unplanned is replaced as `restart` says, after a delay that grows while it keeps dying young. It
 *   is tried again for ever, and no other worker is ended for it, unless `restart.giveUp` says so.
 * - A worker that is ready is told to go only while another one in its slot serves, or where nothing is to serve any more,
 *   whatever signals, crashes and calls come in between. A drain answers what was accepted, up to `drain.timeoutMs`.
 * - `reload`, `scale` and `restartWorker` are done one after the other, in the order of the calls; `stop` supersedes all.
 * - When the exit of a worker is told, its locks are free, its subscriptions dropped and its requests settled.
 * - The primary survives any worker, whatever it sends and however it dies.
 * - Where the primary dies, its workers drain and exit.
 */
import type { ClusterStatus, Degradation, WorkerExit, WorkerInfo } from './worker-status.js';

export interface ReloadOptions {
  /** Only its workers. Default: all roles, one after the other, each with a canary of its own. */
  role?: string;
  /** How many workers are replaced at a time after the canary. Default: `reload.parallel` of the cluster. */
  parallel?: number;
  /**
   * Whether new workers may do without an address that those before them listen on, such as where a port was changed on
   * purpose. Default: false.
   */
  allowMissing?: boolean;
  /** Ends the reload before the next worker is replaced, and rejects with its reason. Those replaced stay. */
  signal?: AbortSignal;
}

export interface ReloadResult {
  /** The new workers, by slot. */
  readonly replaced: readonly WorkerInfo[];
  readonly durationMs: number;
}

export interface OperationOptions {
  /** Takes the operation back while it waits for others, and rejects with its reason. What has begun goes on. */
  signal?: AbortSignal;
}

export interface ClusterEvents {
  workerStart: WorkerInfo;
  workerReady: WorkerInfo;
  workerExit: WorkerExit;
  /** A reload begins. */
  reloadStart: { readonly roles: readonly string[] };
  /** It ended; without `error` all workers were replaced. */
  reloadEnd: { readonly replaced: readonly WorkerInfo[]; readonly error?: unknown };
  /** A role was scaled. */
  scaled: { readonly role: string; readonly from: number; readonly to: number };
  /** Workers of this role fail again and again; they are tried again. Told once, until `roleRecovered`. */
  roleDegraded: { readonly role: string } & Degradation;
  roleRecovered: { readonly role: string; readonly durationMs: number };
  /** Nothing is replaced in this role any more. */
  roleStopped: { readonly role: string; readonly reason: string };
  /** The cluster begins to stop: nothing is replaced from here on. */
  stopping: { readonly reason: string };
}

/** What `startCluster()` gives the primary. */
export interface Cluster extends AsyncDisposable {
  readonly isPrimary: true;

  /** The processes that are alive, by slot and generation. */
  workers(): WorkerInfo[];

  /** What `muster status` shows: everything that is known at this moment. */
  status(): ClusterStatus;

  /** Calls `listener` for each event, and returns what ends that. */
  on<Name extends keyof ClusterEvents>(
    name: Name,
    listener: (event: ClusterEvents[Name]) => void,
  ): () => void;

  /**
   * Replaces every worker with a new one that runs the code as it is now on disk. The first new one is a canary: it is
   * watched for `reload.watchMs` before its predecessor drains. Then the others follow, a quarter at a time, each ready
   * before its predecessor drains. When it resolves, all predecessors are gone.
   *
   * One that is asked for while another one runs comes after it, and whoever asks for the same meanwhile shares it: so
   * when it resolves, every worker of the role was started after the call.
   *
   * A new worker has to listen on every address that its predecessor listens on, before that one drains.
   *
   * @throws ReloadFailedError where a new worker fails, or lacks an address. The old ones stay; slots that were replaced already go back to
   *   the old code where it is still there (the worker file is reached through a symbolic link that now leads elsewhere).
   * @throws ClusterStoppedError where the cluster stops meanwhile.
   */
  reload(options?: ReloadOptions): Promise<ReloadResult>;

  /**
   * How many workers each role should have, or the only role: starts those that are missing, and drains those that are
   * too many. Resolves when the new ones are ready and the others are gone.
   *
   * @throws InvalidOptionError for a role that there is not, or a count that cannot be. Nothing was done.
   * @throws WorkerStartError where a new worker fails; the slots that were added are given up again.
   * @throws ClusterStoppedError
   */
  scale(workers: number | Record<string, number>, options?: OperationOptions): Promise<void>;

  /**
   * Replaces one worker, replacement first, and resolves when the old one is gone. A slot whose worker is waiting to be
   * replaced, or is stopped, gets a new one at once.
   *
   * @throws InvalidOptionError for a slot that there is not.
   * @throws WorkerStartError where the new worker fails; the old one stays.
   * @throws ClusterStoppedError
   */
  restartWorker(slot: number, options?: OperationOptions): Promise<WorkerInfo>;

  /** Drains every worker and settles when the last one is gone. The process goes on. */
  stop(): Promise<void>;
}

/** What `startCluster()` gives a worker. */
export interface ClusterWorker {
  readonly isPrimary: false;
}

/** How a process that `startCluster()` ends by itself exits. */
export const exitCodes = {
  /** Drained and stopped, as asked; or every worker has ended with 0 and none is to be replaced. */
  stopped: 0,
  /** A second SIGTERM or SIGINT: workers were killed. */
  forced: 1,
  /** Every role was given up (`restart.giveUp`), or its last worker failed and is not to be replaced (EX_SOFTWARE of sysexits.h). */
  crashLoop: 70,
} as const;
