/**
 * The contract between the console's server, in the primary, and its page (`@muster/console`): types only, exported as
 * `@muster/core/console`. Times are milliseconds since the epoch by the primary's clock, durations milliseconds.
 *
 * - Paths are below the admin address. Without the cookie and the header nothing but the page's own files is answered:
 *
 *   | request | answer |
 *   |---|---|
 *   | `GET /console/`, `GET /console/assets/…` | the files of the page; they have no data in them |
 *   | `POST /console/session` with `SessionRequest` | 200 `Session` and the cookie; 401 or 429 for a wrong token |
 *   | `GET /console/api/stream` | `text/event-stream`: `StreamEvents`. `?logs=1` adds `log` |
 *   | `GET /console/api/history/<slot>`, `…/history/cluster` | `History` |
 *   | `GET /console/api/slot/<n>` | `SlotStatus`; 404 if there is no such slot |
 *   | `GET /console/api/store` | `StoreAnswer` |
 *   | `GET /console/api/queue/<name>/failed` | `FailedJobs`; the name as encodeURIComponent writes it |
 *   | `GET /console/api/logs?slot=&n=&since=` | `LogsAnswer`; `n` lines at most (100), none older than `since` |
 *   | `POST /console/api/actions/<name>` with `Actions[name]` | 202 `ActionAccepted`; `retry`: 200 `RetryAnswer`; `profile`: the file |
 *
 * - Each call but the first two has the header `x-muster-console: <key>` beside the cookie. The page keeps the key in localStorage,
 *   which knows ports, as cookies do not. Each POST has `content-type: application/json` and at most 4 KiB.
 * - Every other status than 200 and 202 has an `ErrorAnswer`. 401: the session is of an earlier primary, or there is none; the page
 *   asks for a new link (`muster console`). 403: read-only, or a foreign Origin. 404, 405, 413, 415, 429 (`retry-after`, seconds)
 *   and 503 (too many streams, or the cluster stops) mean what they say.
 * - Names are added to these shapes, and never change their meaning: ignore what you do not know.
 */
import type { QueueInfo } from '@muster/queue';
import type { ClusterStatus, PastExit, StackFrame, WorkerState } from '../../worker-status.js';
import type { LogLine } from '../logs/log-line.js';

export type { QueueInfo } from '@muster/queue';
export type {
  ClusterStatus,
  PastExit,
  SlotStatus,
  StackFrame,
  WorkerStatus,
  WorkerVitals,
} from '../../worker-status.js';
export type { LogLine } from '../logs/log-line.js';

export interface SessionRequest {
  /** From the fragment of the URL: `#t=<token>`. Take it out of the address bar (`history.replaceState`) before anything else. */
  readonly token: string;
}

export interface Session {
  /** Goes into the header `x-muster-console` of every further call. */
  readonly key: string;
}

export interface ErrorAnswer {
  readonly error: {
    /** A stable `MUSTER_…` code, listed in docs/errors.md. */
    readonly code: string;
    /** For people. */
    readonly message: string;
  };
}

/**
 * The events of the stream, by name; `data` is one line of JSON. The first is `hello`. A
 * client that does not read is disconnected. When the stream ends, connect again after a second or more: `hello` has what was
 * missed, so forget what you had.
 */
export interface StreamEvents {
  readonly hello: Hello;
  readonly sample: Sample;
  /** Workers, roles, machines or the operation changed; and every few seconds. */
  readonly status: ClusterStatus;
  readonly event: ConsoleEvent;
  readonly log: LogLine;
}

export interface Hello {
  /** Whether actions are refused (403). */
  readonly readOnly: boolean;
  /** Between two samples. */
  readonly intervalMs: number;
  /** Of the cluster, as `muster list` shows it; empty if it has no control socket. */
  readonly name: string;
  /** Of @muster/core. */
  readonly version: string;
  /** The time now, so that a page whose clock differs can show ages. */
  readonly now: number;
  readonly status: ClusterStatus;
  /** The names of the numbers of a sample, in order. */
  readonly series: {
    readonly slot: readonly SlotSeries[];
    readonly cluster: readonly ClusterSeries[];
  };
  readonly history: {
    readonly cluster: History;
    /** The last minute of each slot, for small plots. All of it is at `/console/api/history/<slot>`. */
    readonly slots: Readonly<Record<number, Track>>;
  };
  /** The last ones, oldest first. */
  readonly events: readonly ConsoleEvent[];
  readonly parts: Parts;
}

/** What this cluster has. The page leaves out what it has not, or shows the reason. */
export interface Parts {
  readonly store: Part;
  readonly machines: Part;
  readonly logs: Part;
  readonly profile: Part;
}

export type Part =
  | { readonly available: true }
  | { readonly available: false; readonly reason: string };

/**
 * What is kept of a slot. Of a slot with two processes, rates, `cpu`, `rssBytes` and `connections` are their sum, the others the
 * greater of both. Responses are timed until the last byte is handed to the system; event streams are left out.
 */
export type SlotSeries =
  | 'requestsPerSecond'
  | 'responseP50Ms'
  | 'responseP99Ms'
  | 'eventLoopDelayP99Ms'
  /** 0 to 1. */
  | 'eventLoopUtilization'
  /** Processors: 1 is one whole processor. */
  | 'cpu'
  | 'rssBytes'
  | 'connections'
  | 'busSentPerSecond'
  | 'busReceivedPerSecond'
  | 'storeCallsPerSecond'
  | 'storeFailuresPerSecond'
  | 'storeP99Ms';

/**
 * Over all workers: sums of the rates, `cpu`, `rssBytes` and `connections`; the percentiles of all responses together; the greatest
 * event loop delay and store p99, the mean event loop utilization; and what only the cluster has.
 */
export type ClusterSeries =
  | SlotSeries
  /** Share of the reads of near caches that were hits, 0 to 1. */
  | 'nearHitRate'
  /** How long what this machine writes to the others takes until it reads it back. */
  | 'machineLagMs'
  /** Of the primary itself. */
  | 'primaryCpu'
  | 'primaryRssBytes';

/** A number, or `null`: nothing was measured, for example because there is no process or no store. */
export type Value = number | null;

/** Points at equal distances: point `i` of `n` is the one of `endAt - (n - 1 - i) * stepMs`. */
export interface Track {
  readonly stepMs: number;
  /** The time of the last point. */
  readonly endAt: number;
  /** Oldest first, all of the same length. */
  readonly series: Readonly<Record<string, readonly Value[]>>;
}

export interface History {
  /** Every second, for 10 minutes. */
  readonly fine: Track;
  /**
   * Every 10 seconds, for an hour. Percentiles and delays are the greatest of the ten, `responseP50Ms` and all others their mean.
   */
  readonly coarse: Track;
}

export interface Sample {
  readonly at: number;
  /** One row for each slot: slot, generation of its newest process, state, then the numbers of `series.slot`. */
  readonly slots: readonly (readonly [
    slot: number,
    generation: number,
    state: SlotState,
    ...numbers: Value[],
  ])[];
  /** The numbers of `series.cluster`. */
  readonly cluster: readonly Value[];
  /** Present when the queues were read, at most every 5 seconds. */
  readonly queues?: readonly QueueDepth[];
}

export type SlotState = Exclude<WorkerState, 'exited'> | 'waiting' | 'stopped';

export type QueueDepth = Pick<
  QueueInfo,
  'name' | 'waiting' | 'delayed' | 'running' | 'failed' | 'isPaused'
>;

/**
 * Something that happened, for the stream of events. Each has a sentence (`text`), so a page can show events that it does not know.
 * The names are those of the log (docs/guide/supervision.md), such as `worker.hung` or `reload.failed`, and:
 *
 * - `worker.start`, `worker.ready`, `worker.exit` (with `exit`)
 * - `reload.start` (`roles`), `reload.canary` (`slot`: a new worker is watched), `reload.progress` (`done`, `total`), and one of the
 *   log's `reload.done` and `reload.failed`
 * - `action.accepted`, `action.done`, `action.failed`: of a page (`operation`, `action`)
 */
export interface ConsoleEvent {
  /** Rises by one with each event of this primary. */
  readonly id: number;
  readonly at: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly type: string;
  /** For people; may have several lines. */
  readonly text: string;
  readonly slot?: number;
  readonly generation?: number;
  readonly role?: string;
  readonly reason?: string;
  /** Of a crash or a planned exit: `planned` tells which. */
  readonly exit?: PastExit;
  /** What a hung worker ran, innermost first. */
  readonly stack?: readonly StackFrame[];
  readonly roles?: readonly string[];
  readonly done?: number;
  readonly total?: number;
  readonly from?: number;
  readonly to?: number;
  readonly operation?: string;
  readonly action?: keyof Actions;
  /** Of an error. */
  readonly code?: string;
}

/** The body of each action. */
export interface Actions {
  /** Without `role`: all roles. */
  readonly reload: { readonly role?: string };
  readonly restart: { readonly slot: number };
  /** `role` may be left out if there is only one. */
  readonly scale: { readonly role?: string; readonly workers: number };
  /** Drains and stops the cluster: the console goes with it. */
  readonly stop: Readonly<Record<string, never>>;
  /** Answers a `.cpuprofile` (`content-disposition: attachment`) after `forMs`, 10,000 by default, at most 300,000. */
  readonly profile: { readonly slot: number; readonly forMs?: number };
  /** A job that failed for good. */
  readonly retry: { readonly queue: string; readonly id: string };
}

/** The events `action.done` or `action.failed` with this `operation` say how it ended. */
export interface ActionAccepted {
  readonly operation: string;
}

export interface RetryAnswer {
  /** Whether there was such a job. */
  readonly retried: boolean;
}

/** What the cluster's store holds. `reason`: why there is nothing to show; the lists are empty then. */
export interface StoreAnswer {
  readonly at: number;
  readonly reason?: string;
  /** `'embedded'`, `'redis'`, `'memory'`, or the name of an engine of the app's own. */
  readonly engine?: string;
  readonly locks: Listed<LockInfo>;
  readonly limits: Listed<LimitInfo>;
  readonly queues: Listed<QueueInfo>;
}

/** A list that was cut: `more` tells that there are further ones. `reason`: why this part could not be read. */
export interface Listed<Item> {
  readonly items: readonly Item[];
  readonly more: boolean;
  readonly reason?: string;
}

export interface LockInfo {
  readonly kind: 'lock' | 'semaphore' | 'leader' | 'read-write-lock';
  readonly name: string;
  readonly holders: readonly LockParty[];
  /** Those whose turn it is not yet, first to come first; cut at 20. */
  readonly waiters: readonly LockParty[];
  /** How many wait in all. */
  readonly waiting: number;
}

export interface LockParty {
  /** The slot and generation of a worker of this cluster. Missing for processes of other machines, and outside the cluster. */
  readonly worker?: { readonly slot: number; readonly generation: number };
  /** How long it has held the lock. Missing for a waiter, and for a lock that has been taken anew since a clock jumped. */
  readonly heldMs?: number;
  /** Until the lease ends, unless the holder extends it, which it does every third of its lease. */
  readonly leftMs: number;
  /** The fencing token of a holder. */
  readonly token?: number;
  /** Whether it holds, or waits for, all permits: a writer. */
  readonly takesAll: boolean;
}

export interface LimitInfo {
  /** The name given to `rateLimit`, and the id given to `take`. */
  readonly name: string;
  readonly id: string;
  /** Tokens of each rule that are taken now. */
  readonly taken: readonly number[];
  /** Until everything is available again; `null`: never, because it is blocked without end. */
  readonly resetMs: number | null;
  /** Missing if it is not blocked; `null`: without end. */
  readonly blockedMs?: number | null;
}

/** Never the job's data. The oldest first, 200 at most; `more` tells that there are further ones. */
export interface FailedJobs {
  readonly jobs: readonly FailedJob[];
  readonly more: boolean;
}

export interface FailedJob {
  readonly id: string;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly addedAt: number;
  readonly failedAt: number | undefined;
  readonly error:
    | { readonly name: string; readonly message: string; readonly code?: string }
    | undefined;
}

export interface LogsAnswer {
  /** Oldest first. */
  readonly lines: readonly LogLine[];
  /** Why some are not here. */
  readonly reason?: string;
}
