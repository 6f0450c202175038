/** What is known about the workers: shapes shared by the API, the `muster` command, the admin endpoint and the hooks. */

import type { MachinesStatus } from '@muster/machines';

/** Who a worker is. */
export interface WorkerIdentity {
  /** 0…N-1 at the start, over all roles. A replacement takes over the slot of its predecessor. */
  readonly slot: number;
  /** 1 for the first process in a slot, then one more for each successor. */
  readonly generation: number;
  readonly role: string;
}

/**
 * `'starting'`: forked, not ready. `'ready'`: it serves. `'draining'`: it finishes what it accepted. `'exited'`: only in
 * the event of its exit.
 */
export type WorkerState = 'starting' | 'ready' | 'draining' | 'exited';

/** One process. A slot has two while one replaces the other. */
export interface WorkerInfo extends WorkerIdentity {
  readonly pid: number;
  readonly state: WorkerState;
  /** Milliseconds since the epoch: when it was forked. */
  readonly startedAt: number;
}

/** One function on a stack. All text is printable. */
export interface StackFrame {
  /** Empty for an anonymous function. */
  readonly name: string;
  /** A path, or another name that V8 has for the script (`node:internal/…`). */
  readonly file: string;
  /** From 1, as in a stack trace. */
  readonly line: number;
  readonly column: number;
}

/** What was found when the event loop of a worker did not turn any more. */
export interface Hang {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Milliseconds for which it had not turned by then. */
  readonly silentMs: number;
  /** The JavaScript that it ran, innermost first: at most 64 frames. Empty if it could not be had. */
  readonly stack: readonly StackFrame[];
  /** Why there is no stack, as a sentence. */
  readonly reason?: string;
}

export interface WorkerExit extends WorkerInfo {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it was asked to exit: by the primary, or by a SIGTERM of its own after which it drained and exited with 0. */
  readonly planned: boolean;
  /**
   * Set if it ran out of memory. `'heap'`: its JavaScript heap reached its limit, as V8 said on stderr. `'system'`: the
   * kernel killed it, as its cgroup says. Without it, a SIGKILL may still be the kernel's if no cgroup counts them.
   */
  readonly outOfMemory?: 'heap' | 'system';
  /** Set if the primary killed it for what it sent: the reason. */
  readonly expelled?: string;
  /** Set if it was replaced because its event loop did not turn. */
  readonly hang?: Hang;
  /** Set if the process could not be spawned: the reason, such as `spawn /usr/bin/node EMFILE`. */
  readonly spawnError?: string;
  /** The last lines that it wrote to stderr, oldest first: at most 50. */
  readonly stderr: readonly string[];
}

/**
 * What a worker measures of itself and reports in its heartbeat. Missing until the first one; rates are missing until the
 * second.
 */
export interface WorkerVitals {
  /** Milliseconds since the epoch: when the last heartbeat came. */
  readonly heardAt?: number;
  /** Processors in use over the last interval; 1 is one whole processor. */
  readonly cpu?: number;
  readonly rssBytes?: number;
  readonly heapUsedBytes?: number;
  /**
   * Milliseconds by which 99 of 100 turns of the event loop were late at most over the last interval. If nobody looked and
   * the worker was not busy, by which one timer was late.
   */
  readonly eventLoopDelayP99Ms?: number;
  /** Share of the last interval in which the event loop was busy, 0 to 1. */
  readonly eventLoopUtilization?: number;
  /** Open connections of its servers. */
  readonly connections?: number;
  /** HTTP requests answered, per second. */
  readonly requestsPerSecond?: number;
  /**
   * Milliseconds from a request to the last byte of its response, over the last interval; each up to 19% above the true value. Event
   * streams are left out. Missing if there were none, and while nobody looks at a cluster without an admin endpoint.
   */
  readonly responses?: { readonly p50Ms: number; readonly p99Ms: number };
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
  /** The near caches of all its stores, as `store.near` counts them. Missing if it has had none. */
  readonly near?: {
    readonly hitsPerSecond: number;
    readonly missesPerSecond: number;
    readonly stalePerSecond: number;
    /** Since the worker was started. */
    readonly gaps: number;
    /** Values that are kept now. */
    readonly entries: number;
  };
}

/** One line of `muster status` and `muster top`: a process, or a slot that has none at the moment. */
export interface WorkerStatus extends WorkerIdentity, WorkerVitals {
  /** `'waiting'`: a replacement follows after a delay. `'stopped'`: no worker follows in this slot. */
  readonly state: Exclude<WorkerState, 'exited'> | 'waiting' | 'stopped';
  /** Missing if there is no process. */
  readonly pid?: number;
  /** Milliseconds since the fork; 0 if there is no process. */
  readonly uptimeMs: number;
  /** What it listens on: the URL of an HTTP server, `host:port`, `udp host:port`, or the path of a Unix socket. */
  readonly addresses?: readonly string[];
  /** How many processes this slot had before this one, for whatever reason, and after it if a reload was aborted. */
  readonly restarts: number;
  /** How many of them ended unplanned. */
  readonly crashes: number;
  /** Set while it is replaced because its event loop did not turn. */
  readonly hang?: Hang;
  /** How its predecessor ended. `stderr` has at most 3 lines: the error and where it was thrown. */
  readonly lastExit?: PastExit;
}

/** The end of a process that is gone. */
export interface PastExit
  extends Pick<
    WorkerExit,
    | ('generation' | 'pid' | 'code' | 'signal' | 'planned')
    | ('outOfMemory' | 'expelled' | 'hang' | 'spawnError' | 'startedAt' | 'stderr')
  > {
  /** Milliseconds since the epoch. */
  readonly exitedAt: number;
}

/** What `muster describe` shows: everything known about one slot. */
export interface SlotStatus {
  readonly slot: number;
  readonly role: string;
  /** Its process, both processes while one replaces the other, or one entry without a process. */
  readonly workers: readonly WorkerStatus[];
  /** The last few exits, newest first, each with what is kept of its stderr: at most 50 lines of 1,000 characters. */
  readonly exits: readonly PastExit[];
  /** How a new worker of the slot would be started, without anything that may be a secret. */
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
  /** `'stopped'`: the role was given up, or all of its workers exited and are not to be replaced. */
  readonly state: 'running' | 'stopped';
  /** Set if some of its slots fail again and again. */
  readonly degraded?: Degradation;
  /** Set if the number of its workers follows the load. */
  readonly autoscale?: AutoscaleStatus;
}

export interface AutoscaleStatus {
  readonly min: number;
  readonly max: number;
  /** The last change that the load has caused. Missing if there was none yet. */
  readonly last?: {
    /** Milliseconds since the epoch. */
    readonly at: number;
    readonly from: number;
    readonly to: number;
    /** For people. */
    readonly reason: string;
  };
}

/**
 * Slots whose workers fail again and again, and are retried: the last worker was never ready, or the last two exited within
 * `restart.stableMs`. A slot recovers when a worker has lived for that long, or a reload has replaced it.
 */
export interface Degradation {
  /** Milliseconds since the epoch: when it began. */
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
  /** The operation that runs at the moment. */
  readonly operation?: 'reload' | 'scale' | 'replace';
  /** Progress of a reload: workers replaced, of all that it is to replace. */
  readonly progress?: { readonly done: number; readonly total: number };
  /** Over all roles together. Missing if all is well. */
  readonly degraded?: Degradation;
  /**
   * Parts of the primary that failed to load or to start: they are off until the primary is restarted. Missing if there are
   * none.
   */
  readonly unavailable?: readonly UnavailablePart[];
  /** The group of machines that this cluster has joined. Missing if it was not asked to. */
  readonly machines?: MachinesStatus;
  /** The addresses on which its workers listen, each once, by slot. */
  readonly addresses: readonly string[];
  readonly roles: readonly RoleStatus[];
  /** By slot, then by generation. */
  readonly workers: readonly WorkerStatus[];
}
