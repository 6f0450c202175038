/**
 * The contract of a cluster: what `startCluster()` returns. Its options are in cluster-options.ts, the shapes that describe
 * workers in worker-status.ts.
 *
 * You can rely on this:
 *
 * - A replacement takes over the slot, and its generation is one higher. At the start, slots are 0…N-1 over all roles.
 *   Scaling up takes the smallest free slots, scaling down removes the highest ones of the role.
 * - A worker that exits unplanned is replaced as `restart` says, after a delay that grows while workers of the slot keep
 *   exiting early. The slot retries for ever, and no other worker is ended for it, unless `restart.giveUp` says so.
 * - A ready worker is asked to leave only while another one in its slot serves, or when nothing is to serve any more,
 *   whatever signals, crashes and calls come in between. A drain answers everything that was accepted, for up to
 *   `drain.timeoutMs`.
 * - `reload`, `scale` and `restartWorker` run one after the other, in the order of the calls; `stop` supersedes them all.
 * - When the exit of a worker is announced, its locks are free, its subscriptions are gone and its requests are settled.
 * - The primary survives every worker, whatever it sends and however it dies.
 * - If the primary dies, its workers drain and exit.
 */
import type { ClusterStatus, Degradation, WorkerExit, WorkerInfo } from './worker-status.js';

export interface ReloadOptions {
  /** Replaces only the workers of this role. Default: all roles, one after the other, each with its own canary. */
  role?: string;
  /** How many workers are replaced at a time after the canary. Default: `reload.parallel` of the cluster. */
  parallel?: number;
  /**
   * Whether new workers may lack an address that their predecessors listen on, for example because a port was changed on
   * purpose. Default: false.
   */
  allowMissing?: boolean;
  /**
   * When aborted, ends the reload before the next worker is replaced, and rejects with the signal's reason. Workers that
   * were replaced stay.
   */
  signal?: AbortSignal | undefined;
}

export interface ReloadResult {
  /** The new workers, by slot. */
  readonly replaced: readonly WorkerInfo[];
  readonly durationMs: number;
}

export interface OperationOptions {
  /**
   * When aborted, withdraws the operation while it waits for others, and rejects with the signal's reason. An operation
   * that has begun goes on.
   */
  signal?: AbortSignal | undefined;
}

export interface ClusterEvents {
  workerStart: WorkerInfo;
  workerReady: WorkerInfo;
  workerExit: WorkerExit;
  /** A reload begins. */
  reloadStart: { readonly roles: readonly string[] };
  /** The reload ended. Without `error`, all workers were replaced. */
  reloadEnd: { readonly replaced: readonly WorkerInfo[]; readonly error?: unknown };
  /** A role was scaled. `reason`, for people, is set if it was its load that did it. */
  scaled: {
    readonly role: string;
    readonly from: number;
    readonly to: number;
    readonly reason?: string;
  };
  /** Workers of this role fail again and again, and are retried. Emitted once until `roleRecovered`. */
  roleDegraded: { readonly role: string } & Degradation;
  roleRecovered: { readonly role: string; readonly durationMs: number };
  /** No worker of this role is replaced any more. */
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

  /** Calls `listener` with each event of that name. Returns a function that ends this. */
  on<Name extends keyof ClusterEvents>(
    name: Name,
    listener: (event: ClusterEvents[Name]) => void,
  ): () => void;

  /**
   * Replaces every worker with a new one that runs the code as it is now on disk. The first new one is a canary: it is
   * watched for `reload.watchMs` before its predecessor drains. Then the others follow, a quarter at a time, each ready
   * before its predecessor drains. When it resolves, all predecessors are gone.
   *
   * A reload that is called while another one runs comes after it, and equal calls made meanwhile share it. So when the
   * promise resolves, every worker of the role was started after the call.
   *
   * A new worker must listen on every address of its predecessor before the predecessor drains.
   *
   * @throws ReloadFailedError if a new worker fails or lacks an address. The old workers stay; slots that were already
   * replaced go back to the old code if that still exists (the worker file is reached through a symbolic link that now
   * leads elsewhere).
   * @throws ClusterStoppedError if the cluster stops meanwhile.
   */
  reload(options?: ReloadOptions): Promise<ReloadResult>;

  /**
   * Sets how many workers each role, or the only role, should have: starts those that are missing and drains the surplus.
   * Resolves when the new workers are ready and the surplus is gone. A role whose number follows the load goes on from there,
   * and a role scaled to 0 stays there.
   *
   * @throws InvalidOptionError for an unknown role, an invalid count, or one outside of the role's range. Nothing was done.
   * @throws WorkerStartError if a new worker fails; the added slots are removed again.
   * @throws ClusterStoppedError
   */
  scale(workers: number | Record<string, number>, options?: OperationOptions): Promise<void>;

  /**
   * Replaces one worker, the replacement first, and resolves when the old one is gone. A slot that waits to restart, or is
   * stopped, gets a new worker at once.
   *
   * @throws InvalidOptionError for an unknown slot.
   * @throws WorkerStartError if the new worker fails; the old one stays.
   * @throws ClusterStoppedError
   */
  restartWorker(slot: number, options?: OperationOptions): Promise<WorkerInfo>;

  /** Drains every worker and settles when the last one is gone. The process of the primary goes on. */
  stop(): Promise<void>;
}

/** What `startCluster()` gives a worker. */
export interface ClusterWorker {
  readonly isPrimary: false;
}

/** The exit codes of a process that the cluster ends by itself. */
export const exitCodes = {
  /** Drained and stopped as asked, or every worker exited with 0 and none is to be replaced. */
  stopped: 0,
  /** A second SIGTERM or SIGINT: workers were killed. */
  forced: 1,
  /**
   * Every role was given up (`restart.giveUp`), or its last worker failed and is not to be replaced (EX_SOFTWARE of
   * sysexits.h).
   */
  crashLoop: 70,
} as const;
