// What can go wrong with a cluster, one class per failure (docs/errors.md).
import { MusterError } from '@muster/codec/errors';

export { InvalidOptionError } from '@muster/codec/errors';

/**
 * `startCluster()`, or a call of the cluster, cannot be made here or now, whatever its options: in a worker, a second time, or when
 * no worker would be left. Nothing was forked.
 */
export class ClusterMisuseError extends MusterError {
  readonly code = 'MUSTER_CLUSTER_MISUSE';
}

/** The cluster stops or has stopped: what was asked for is not done, or was left where it was. */
export class ClusterStoppedError extends MusterError {
  readonly code = 'MUSTER_CLUSTER_STOPPED';
}

/**
 * What the environment of new workers is made of (`env`, `--env-file`) cannot be had. Nothing was forked: a start ends,
 * and a reload or a scale leaves everything as it was.
 */
export class EnvironmentError extends MusterError {
  readonly code = 'MUSTER_ENVIRONMENT';
}

/**
 * The control socket cannot be had (or not be trusted), or the primary behind it did not answer. A cluster that has one by
 * default goes on without it.
 */
export class ControlSocketError extends MusterError {
  readonly code = 'MUSTER_CONTROL_SOCKET';
}

/**
 * Why a new worker failed. `'exited'`: it ended before it was ready. `'not-ready'`: it was not ready in time.
 * `'crashed'`: it was ready, and ended within `reload.watchMs`. `'missing-address'`: it does not listen everywhere where
 * the worker before it did. `'not-forked'`: there was no process at all.
 */
export type StartFailureReason =
  | 'exited'
  | 'not-ready'
  | 'crashed'
  | 'missing-address'
  | 'not-forked';

/** A new worker that did not come to serve. */
export interface StartFailure {
  readonly slot: number;
  readonly role: string;
  readonly generation: number;
  readonly reason: StartFailureReason;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines that it wrote to stderr, oldest first: at most 50. */
  readonly stderr: readonly string[];
  /** With `'missing-address'`: those, such as `127.0.0.1:3000`, `udp 0.0.0.0:53` or `/run/app.sock`. */
  readonly missing: readonly string[];
}

abstract class StartFailedError extends MusterError implements StartFailure {
  readonly slot: number;
  readonly role: string;
  readonly generation: number;
  readonly reason: StartFailureReason;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: readonly string[];
  readonly missing: readonly string[];

  constructor(message: string, failure: StartFailure, options?: ErrorOptions) {
    super(message, options);
    this.slot = failure.slot;
    this.role = failure.role;
    this.generation = failure.generation;
    this.reason = failure.reason;
    this.exitCode = failure.exitCode;
    this.signal = failure.signal;
    this.stderr = failure.stderr;
    this.missing = failure.missing;
  }
}

/**
 * A new worker failed: while the cluster started, whose other workers were stopped; or in `scale` or `restartWorker`,
 * which left everything as it was.
 */
export class WorkerStartError extends StartFailedError {
  readonly code = 'MUSTER_WORKER_START';
}

/** A new worker failed in a reload, which was aborted. Old workers serve on. */
export class ReloadFailedError extends StartFailedError {
  readonly code = 'MUSTER_RELOAD_FAILED';
  /** Slots that keep their new worker: the old code was no longer there to go back to. */
  readonly keptSlots: readonly number[];
  /** Slots that were replaced already, and went back to the old code. */
  readonly rolledBackSlots: readonly number[];

  constructor(
    message: string,
    failure: StartFailure,
    slots: { kept: readonly number[]; rolledBack: readonly number[] },
    options?: ErrorOptions,
  ) {
    super(message, failure, options);
    this.keptSlots = slots.kept;
    this.rolledBackSlots = slots.rolledBack;
  }
}

const NO_SUCH_HOST = 'this machine has no such address. Give another `admin.host`';

/** By what the system says. */
const ADMIN_FAILURES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process has that port. Give another `admin.port`, or 0 for a free one',
  EACCES: 'this user may not have that port. Give an `admin.port` above 1023, or 0 for a free one',
  EADDRNOTAVAIL: NO_SUCH_HOST,
  ENOTFOUND: NO_SUCH_HOST,
};

/** The admin endpoint cannot listen where it should. Nothing was forked. */
export class AdminListenError extends MusterError {
  readonly code = 'MUSTER_ADMIN_LISTEN';
  readonly host: string;
  readonly port: number;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const why =
      ADMIN_FAILURES[cause.code ?? ''] ??
      `${cause.message}. Give another \`admin.host\` or \`admin.port\``;
    super(`The admin endpoint cannot listen on ${host}:${port}: ${why}.`, { cause });
    this.host = host;
    this.port = port;
  }
}
