/** What is known of the workers: shapes shared by the API, the `muster` command, the admin endpoint and the hooks. */

/** Who a worker is. */
export interface WorkerIdentity {
  /** 0…N-1 at the start, over all roles; a replacement takes over its predecessor's. */
  readonly slot: number;
  /** 1 for the first process in a slot, then one more for each successor. */
  readonly generation: number;
  readonly role: string;
}

/**
 * `'starting'`: forked, not ready. `'ready'`: it serves. `'draining'`: it finishes what it accepted. `'exited'`: only in
 * the news of its exit.
 */
export type WorkerState = 'starting' | 'ready' | 'draining' | 'exited';

/** One process. While one replaces another, a slot has two. */
export interface WorkerInfo extends WorkerIdentity {
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
  /**
   * Set where it ended for want of memory. `'heap'`: its JavaScript heap reached its limit, as V8 said on stderr. `'system'`: the
   * kernel killed it, as its cgroup says. A SIGKILL without it may still be the kernel's, where no cgroup counts.
   */
  readonly outOfMemory?: 'heap' | 'system';
  /** Set where the primary has killed it for what it sent: why. */
  readonly expelled?: string;
  /** Set where there was no process, as it could not be spawned: why, such as `spawn /usr/bin/node EMFILE`. */
  readonly spawnError?: string;
  /** The last lines that it wrote to stderr, oldest first: at most 50. */
  readonly stderr: readonly string[];
}

/** What a worker measures of itself and tells with its heartbeat. Missing until the first one, and rates until the second. */
export interface WorkerVitals {
  /** Milliseconds since the epoch: when the last heartbeat came. */
  readonly heardAt?: number;
  /** Processors in use over the last interval; 1 is one whole. */
  readonly cpu?: number;
  readonly rssBytes?: number;
  readonly heapUsedBytes?: number;
  /**
   * Milliseconds by which 99 of 100 turns of the event loop were late at most, over the last interval; where nobody looked
   * and the worker was not busy, by which one timer was.
   */
  readonly eventLoopDelayP99Ms?: number;
  /** Share of the last interval in which the event loop was busy, 0 to 1. */
  readonly eventLoopUtilization?: number;
  /** Open connections of its servers. */
  readonly connections?: number;
  /** HTTP requests answered, per second. */
  readonly requestsPerSecond?: number;
  readonly bus?: {
    readonly sentPerSecond: number;
    readonly receivedPerSecond: number;
    readonly queuedBytes: number;
  };
  readonly store?: {
    readonly callsPerSecond: number;
    readonly failuresPerSecond: number;
    readonly p99Ms: number;
  };
}

/** One line of `muster status` and `muster top`: a process, or a slot that has none at the moment. */
export interface WorkerStatus extends WorkerIdentity, WorkerVitals {
  /** `'waiting'`: its replacement comes after a delay. `'stopped'`: nothing follows in this slot. */
  readonly state: Exclude<WorkerState, 'exited'> | 'waiting' | 'stopped';
  /** Missing where there is no process. */
  readonly pid?: number;
  /** Milliseconds since the fork; 0 where there is no process. */
  readonly uptimeMs: number;
  /** What it listens on: a URL of a server of HTTP, `host:port`, `udp host:port`, or the path of a Unix socket. */
  readonly addresses?: readonly string[];
  /** How many processes this slot has had before this one, over all reasons, and after it where a reload was aborted. */
  readonly restarts: number;
  /** How many of them ended unplanned. */
  readonly crashes: number;
  /** How the one before it ended. `stderr`: at most 3 lines, the error and where it was thrown. */
  readonly lastExit?: PastExit;
}

/** The end of a process that is gone. */
export interface PastExit
  extends Pick<
    WorkerExit,
    | ('generation' | 'pid' | 'code' | 'signal' | 'planned')
    | ('outOfMemory' | 'expelled' | 'spawnError' | 'startedAt' | 'stderr')
  > {
  /** Milliseconds since the epoch. */
  readonly exitedAt: number;
}

/** What `muster describe` shows: all that is known of one slot. */
export interface SlotStatus {
  readonly slot: number;
  readonly role: string;
  /** Its process, or both while one replaces the other, or a line for none. */
  readonly workers: readonly WorkerStatus[];
  /** The last few, newest first, each with all that is kept of its stderr: at most 50 lines of 1,000 characters. */
  readonly exits: readonly PastExit[];
  /** As a new worker of the slot would be started, without what may be a secret. */
  readonly commandLine: readonly string[];
  /** Its working directory. */
  readonly cwd: string;
}

export interface RoleStatus {
  readonly role: string;
  /** How many workers it should have. */
  readonly workers: number;
  /** How many serve. */
  readonly ready: number;
  /** `'stopped'`: it was given up, or all of its workers ended and are not to be replaced. */
  readonly state: 'running' | 'stopped';
  /** That some of its slots fail again and again. Missing where none does. */
  readonly degraded?: Degradation;
}

/**
 * Slots whose workers fail again and again, and are tried again: the last one was never ready, or the last two died within
 * `restart.stableMs`. It ends when a worker has lived for that long, or a reload has replaced it.
 */
export interface Degradation {
  /** Milliseconds since the epoch: since when. */
  readonly since: number;
  readonly slots: readonly number[];
  /** How the last worker failed, for people. */
  readonly reason: string;
}

export interface UnavailablePart {
  /** Such as `bus`, `health` or `socket files`. */
  readonly name: string;
  readonly reason: string;
}

export interface ClusterStatus {
  /** The primary's. */
  readonly pid: number;
  readonly uptimeMs: number;
  readonly state: 'starting' | 'running' | 'stopping' | 'stopped';
  /** What is being done, of those that go one after the other. */
  readonly operation?: 'reload' | 'scale' | 'replace';
  /** How far a reload is: workers replaced, of all that it is to replace. */
  readonly progress?: { readonly done: number; readonly total: number };
  /** Of all roles together. Missing where all is well. */
  readonly degraded?: Degradation;
  /**
   * Parts of the primary that could not be loaded, as it had no file descriptor left: they are off until it is started anew.
   * Missing where there are none.
   */
  readonly unavailable?: readonly UnavailablePart[];
  /** What its workers listen on, each once, by slot. */
  readonly addresses: readonly string[];
  readonly roles: readonly RoleStatus[];
  /** By slot, then by generation. */
  readonly workers: readonly WorkerStatus[];
}
