/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The contract of @muster/testing: a real program whose processes a test kills and pauses, a proxy that breaks
 * connections, and clients that count the requests which were lost. It belongs to no test runner.
 *
 * Only what a test waits for keeps the process of the test alive, and nothing outlives it: when that process ends, however it
 * ends, a shell kills the programs that it has started, and removes their runtime folders.
 *
 * The processes of a program are those of its process group. On Linux they are also those outside of it, such as children
 * that it has forked `detached` or by `setsid`, which have inherited its `MUSTER_RUNTIME_DIR`. Not found, and so left running,
 * is a process outside of the group that has another environment, has overwritten its own (as `setproctitle` of C does), or
 * belongs to another user. On macOS no process outside of the group is found.
 */
import type { ClusterStatus, WorkerStatus } from '@muster/core';

export interface ProgramOptions {
  readonly args?: readonly string[] | undefined;
  /**
   * On top of the environment of the test, but for variables whose name starts with `MUSTER_`: only those given here reach
   * the program. `MUSTER_RUNTIME_DIR` cannot be given: every program has a folder of its own.
   */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Default: that of the test. The embedded store of the program is in its folder `.muster`. */
  readonly cwd?: string | undefined;
  /**
   * When it counts as started. Default: when every worker of its cluster serves. `'spawned'`: at once. A pattern: when its
   * output matches; if the pattern has a group, the text in it is the port of `url`, for a program that is not a cluster.
   */
  readonly ready?: 'spawned' | RegExp | undefined;
  /** Milliseconds for that. Default: 60,000. */
  readonly readyTimeoutMs?: number | undefined;
}

export interface WaitOptions {
  /** Milliseconds after which the wait rejects. Default: 60,000. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A process of the cluster: the slot of a worker, or the primary. */
export type Target = number | 'primary';

export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Program extends AsyncDisposable {
  /** Of the process that was started. With `npm start`, that is npm's, and not the primary's. */
  readonly pid: number;
  /**
   * Where its cluster serves, such as `http://127.0.0.1:34567`, as of the last `status()`: the first address of it that is
   * TCP. A server that listens on port 0 keeps its port for as long as one of its workers lives.
   *
   * @throws TestProgramError `no-address`
   */
  readonly url: string;
  /** The port of `url`. @throws TestProgramError `no-address` */
  readonly port: number;
  /**
   * What `MUSTER_RUNTIME_DIR` is for it: with the same value, the `muster` command finds its cluster. On Linux, a command that
   * the test runs with it counts as a process of the program until that command ends.
   */
  readonly runtimeDir: string;
  /**
   * Settles when the process has ended and all of its output was read. Once a test has read this property, it keeps the process
   * of the test alive until then.
   */
  readonly exited: Promise<ProgramExit>;
  /** What it has printed, stdout and stderr in one, at most the last mebibyte. */
  output(): string;
  /** Asks its cluster. @throws TestProgramError `no-cluster` if it does not answer within 5 s */
  status(): Promise<ClusterStatus>;
  /** Its workers, by slot and generation. @throws TestProgramError `no-cluster` */
  workers(): Promise<readonly WorkerStatus[]>;
  /**
   * Sends a signal to a worker, or to the primary. If the primary cannot be asked any more, because it is paused or was
   * killed, the worker is the one that was in the slot when it last answered.
   *
   * @param signal default: `SIGKILL`
   * @returns the process id. The process may end later, and its slot has a new worker after that: `waitFor()` it
   * @throws TestProgramError `no-worker`, `no-cluster`, or `ended` if the program has ended
   */
  kill(target: Target, signal?: NodeJS.Signals): Promise<number>;
  /**
   * Stops a process where it is (SIGSTOP): it keeps its memory and connections, and does nothing. A cluster that watches the
   * health of its workers replaces one that is paused for long.
   *
   * @returns resumes the process; after its end it does nothing
   * @throws TestProgramError `no-worker`, `no-cluster`, or `ended` if the program has ended
   */
  pause(target: Target): Promise<() => void>;
  /**
   * Replaces all workers, and resolves when the old ones are gone.
   *
   * @throws TestProgramError `refused` if the reload failed, with why; `late` after five minutes
   */
  reload(): Promise<void>;
  /**
   * Resolves with the first status for which the condition holds. It asks again and again, also if no cluster answers.
   *
   * @throws TestProgramError `late`, or `ended`
   */
  waitFor(
    condition: (status: ClusterStatus) => unknown,
    options?: WaitOptions,
  ): Promise<ClusterStatus>;
  /**
   * Resolves when the process is gone, and every worker of the cluster serves: after a `kill()`, or when a paused worker was
   * replaced.
   *
   * @throws TestProgramError `late`, or `ended`
   */
  recovered(pid: number, options?: WaitOptions): Promise<ClusterStatus>;
  /** Resolves when the output matches. @throws TestProgramError `late`, or `ended` */
  printed(pattern: RegExp, options?: WaitOptions): Promise<RegExpMatchArray>;
  /**
   * Ends it as in production, with SIGTERM, resumes what is paused, and waits for all of its processes: workers whose primary
   * was killed, and, on Linux, children that it has forked `detached`. What is left after `timeoutMs` is killed.
   *
   * @param options `timeoutMs`: default 30,000
   * @returns how it ended; `killed` if something was left
   */
  stop(options?: {
    readonly timeoutMs?: number | undefined;
  }): Promise<ProgramExit & { killed: boolean }>;
  /** Kills all of its processes at once: the end of a test does not wait for a drain. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ProxyOptions {
  /** Where it leads: `redis://127.0.0.1:6379`, or `{ host: '127.0.0.1', port: 6379 }`. */
  readonly to: string | URL | { readonly host?: string | undefined; readonly port: number };
  /** Default: one that is free. */
  readonly port?: number | undefined;
}

/** A TCP proxy on 127.0.0.1, to stand between an app and Redis, or between two machines. */
export interface TcpProxy extends AsyncDisposable {
  /** `to` with the address of the proxy in it, user, password and path kept; `tcp://127.0.0.1:34567` if `to` is no URL. */
  readonly url: string;
  readonly port: number;
  /** How many connections pass through it at the moment. */
  readonly connections: number;
  /** Resets the connections that there are, and each new one: nobody is there. */
  cut(): void;
  /** Connections are accepted and stay open, and nothing passes in either direction: a cable that was pulled. */
  stall(): void;
  /** Ends `cut()` and `stall()`. What was sent during a stall arrives now. */
  heal(): void;
  /** Everything arrives so many milliseconds later, in each direction, until `delay(0)`. The order stays. */
  delay(ms: number): void;
  /** Resets the connections that there are. New ones pass. */
  dropConnections(): void;
  /** Resets all connections, and listens no more. */
  close(): Promise<void>;
}

export interface LoadOptions {
  /** Asked with GET, by HTTP or HTTPS. */
  readonly url: string | URL;
  /** How many requests are under way at once, at most. Default: 8. */
  readonly connections?: number | undefined;
  /**
   * `true`: each client keeps its connection. `false`: each request has a new one. Default: `'mixed'`: every second
   * client keeps its connection, because a reload may lose requests on either kind.
   */
  readonly keepAlive?: boolean | 'mixed' | undefined;
  /** Requests in a second, of all clients together, at most. Default: 500. */
  readonly perSecond?: number | undefined;
  /** Requests after which it ends by itself. Default: `Infinity`, until `stop()`. */
  readonly requests?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds after which a request without its whole answer is lost, as `TIMEOUT`. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Which answers count. Default: those with a status below 500. */
  readonly accept?: ((status: number) => boolean) | undefined;
  /** Certificates of authorities to trust, in PEM, for HTTPS. */
  readonly ca?: string | undefined;
}

export interface LostRequest {
  /** The code of the error, such as `ECONNRESET` or `TIMEOUT`. Missing if there was an answer. */
  readonly error?: string;
  /** Of an answer that `accept` refused. */
  readonly status?: number;
  /** Whether it was sent on a connection that had served a request before. */
  readonly reused: boolean;
  /** Milliseconds since the load began. */
  readonly atMs: number;
}

export interface LoadResult {
  readonly answered: number;
  /** How many were lost. */
  readonly lostCount: number;
  /** The first 1,000 of them. */
  readonly lost: readonly LostRequest[];
  /** The longest that a request has waited for its answer, in milliseconds. */
  readonly longestMs: number;
}

export interface Load extends AsyncDisposable {
  /** So far. */
  readonly answered: number;
  /** So far. */
  readonly lostCount: number;
  /** Settles when all `requests` are done, or after `stop()`. */
  readonly done: Promise<LoadResult>;
  /** Lets the requests under way end. */
  stop(): Promise<LoadResult>;
}
