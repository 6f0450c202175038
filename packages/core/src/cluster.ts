/**
 * The contract of a cluster: what `startCluster()` takes, and what it gives back.
 *
 * What may be relied on:
 *
 * - A worker keeps its slot (0…N-1) when it is replaced; its generation grows by one.
 * - A worker that exits unplanned is replaced, after a delay that grows while it keeps dying young.
 * - The primary survives any worker, whatever it sends and however it dies.
 * - A planned stop drains: what was accepted is answered, up to `drain.timeoutMs`.
 * - Where the primary dies, its workers drain and exit.
 */

/** What runs in every worker: a function, or a module (a path relative to the working directory, or a URL). */
export type WorkerCode = (() => unknown) | string | URL;

export interface ClusterOptions {
  worker: WorkerCode;
  /** How many workers. `'auto'` (the default) is `os.availableParallelism()`. */
  workers?: number | 'auto';
  /** Environment variables of the workers, on top of the primary's own. */
  env?: Record<string, string>;
  /** Node's own arguments for the workers. Default: those of the primary. */
  execArgv?: string[];
  /** What `createSharedStore()` without options opens, here and in the workers. Default: see `@muster/store`. */
  store?: StoreWiring;
  ready?: ReadyOptions;
  drain?: DrainOptions;
  restart?: RestartOptions;
  /** Where the primary reports what nobody asked for: crashes, forced kills. Default: `console`. */
  logger?: Logger;
}

export interface StoreWiring {
  /** `redis://…`, `rediss://…` or `lmdb:path`. */
  url: string;
}

export interface ReadyOptions {
  /**
   * When a worker counts as ready. `'auto'` (the default): its code has run (a returned promise included)
   * and every server that it told to listen does. `'manual'`: it called `ready()`.
   */
  when?: 'auto' | 'manual';
  /** Milliseconds from the fork until a worker that is not ready is killed and replaced. Default: 30,000. */
  timeoutMs?: number;
}

export interface DrainOptions {
  /** Milliseconds from the start of a drain until a worker that still runs is killed. Default: 30,000. */
  timeoutMs?: number;
}

export interface RestartOptions {
  /** Milliseconds before the first replacement of a worker that died young. Default: 100. It doubles each time. */
  minDelayMs?: number;
  /** Milliseconds, the longest delay. Default: 5,000. */
  maxDelayMs?: number;
  /** Milliseconds of life after which a crash counts as the first one again. Default: 10,000. */
  stableMs?: number;
  /** So many crashes of one slot within `windowMs` stop the cluster with `exitCodes.crashLoop`. Default: 10. */
  maxCrashes?: number;
  /** Milliseconds. Default: 60,000. */
  windowMs?: number;
}

export interface Logger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export type WorkerState = 'starting' | 'ready' | 'draining' | 'exited';

export interface WorkerInfo {
  readonly slot: number;
  /** 1 for the first process in a slot, then one more for each successor. */
  readonly generation: number;
  readonly role: string;
  readonly pid: number;
  readonly state: WorkerState;
  /** Milliseconds since the epoch: when it was forked. */
  readonly startedAt: number;
}

export interface WorkerExit extends WorkerInfo {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it was asked to: by the primary, or by a SIGTERM of its own, after which it drained and left with 0. */
  readonly planned: boolean;
}

export interface ClusterEvents {
  workerStart: WorkerInfo;
  workerReady: WorkerInfo;
  workerExit: WorkerExit;
  /** The cluster begins to stop: nothing is replaced from here on. */
  stopping: { reason: string };
}

/** What `startCluster()` gives the primary. */
export interface Cluster extends AsyncDisposable {
  readonly isPrimary: true;
  /** The workers that are alive, by slot. */
  workers(): WorkerInfo[];
  /** Calls `listener` for each event, and returns what ends that. */
  on<Name extends keyof ClusterEvents>(
    name: Name,
    listener: (event: ClusterEvents[Name]) => void,
  ): () => void;
  /** Drains every worker and settles when the last one is gone. The process goes on. */
  stop(): Promise<void>;
}

/** What `startCluster()` gives a worker. */
export interface ClusterWorker {
  readonly isPrimary: false;
}

/** How a process that `startCluster()` ends by itself exits. */
export const exitCodes = {
  /** Drained and stopped, as asked. */
  stopped: 0,
  /** A second SIGTERM or SIGINT: workers were killed. */
  forced: 1,
  /** A slot spent its crash budget (EX_SOFTWARE of sysexits.h). */
  crashLoop: 70,
} as const;
