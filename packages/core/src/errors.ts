// What can go wrong with a cluster, one class per failure (docs/errors.md).
import { basename } from 'node:path';
import { MusterError } from '@muster/codec/errors';

export { InvalidOptionError } from '@muster/codec/errors';

/**
 * `startCluster()`, or a method of the cluster, cannot be called here or now, whatever its options: in a worker, a second time,
 * or when no worker would be left. Nothing was forked.
 */
export class ClusterMisuseError extends MusterError {
  readonly code = 'MUSTER_CLUSTER_MISUSE';
}

/** `startCluster()` was called in a runtime that is not Node.js, such as Bun or Deno. Nothing was forked. */
export class UnsupportedRuntimeError extends MusterError {
  readonly code = 'MUSTER_UNSUPPORTED_RUNTIME';
}

/** The cluster is stopping or has stopped: the operation is not done, or was left unfinished. */
export class ClusterStoppedError extends MusterError {
  readonly code = 'MUSTER_CLUSTER_STOPPED';
}

/**
 * The environment of new workers (`env`, `--env-file`) could not be made. Nothing was forked: a start fails, and a reload
 * or a scale leaves everything as it was.
 */
export class EnvironmentError extends MusterError {
  readonly code = 'MUSTER_ENVIRONMENT';
}

/** A `muster.config.*` cannot be read, or is not one. Nothing was started. */
export class ConfigError extends MusterError {
  readonly code = 'MUSTER_CONFIG';
  /** Its path. */
  readonly file: string;

  /** @param what a sentence that the name of the file begins */
  constructor(file: string, what: string, options?: ErrorOptions) {
    super(`${basename(file)} ${what}`, options);
    this.file = file;
  }
}

/**
 * The console cannot be shown, for example because its package is not installed; or it refused a request, such as one without a
 * session. A cluster that is to have a console does not start without its package.
 */
export class ConsoleError extends MusterError {
  readonly code = 'MUSTER_CONSOLE';
}

/**
 * The control socket cannot be opened or is not to be trusted, or the primary behind it did not answer. A cluster whose
 * socket is the default one runs on without it.
 */
export class ControlSocketError extends MusterError {
  readonly code = 'MUSTER_CONTROL_SOCKET';
}

/**
 * Why no CPU profile or heap snapshot of a worker was taken. `'no-worker'`: its slot has no process. `'busy'`: one is being
 * taken. `'silent'`: its event loop does not turn, or did not to the end. `'exited'`: it exited meanwhile. `'failed'`: it
 * could not take or write it; the message has its reason.
 */
export type CaptureFailureReason = 'no-worker' | 'busy' | 'silent' | 'exited' | 'failed';

/** A CPU profile or a heap snapshot could not be taken. The worker goes on. */
export class CaptureError extends MusterError {
  readonly code = 'MUSTER_CAPTURE_FAILED';
  readonly slot: number;
  readonly reason: CaptureFailureReason;

  constructor(message: string, slot: number, reason: CaptureFailureReason, options?: ErrorOptions) {
    super(message, options);
    this.slot = slot;
    this.reason = reason;
  }
}

/**
 * Why a new worker failed. `'exited'`: it exited before it was ready. `'not-ready'`: it was not ready in time. `'crashed'`:
 * it was ready, and exited within `reload.watchMs`. `'missing-address'`: it does not listen on every address of its
 * predecessor. `'not-forked'`: there was no process at all.
 */
export type StartFailureReason =
  | 'exited'
  | 'not-ready'
  | 'crashed'
  | 'missing-address'
  | 'not-forked';

/** A new worker that never served. */
export interface StartFailure {
  readonly slot: number;
  readonly role: string;
  readonly generation: number;
  readonly reason: StartFailureReason;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines that it wrote to stderr, oldest first: at most 50. */
  readonly stderr: readonly string[];
  /** With `'missing-address'`: the missing addresses, such as `127.0.0.1:3000`, `udp 0.0.0.0:53` or `/run/app.sock`. */
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
 * A new worker failed: in the start of the cluster, whose other workers were stopped, or in `scale` or `restartWorker`,
 * which left everything as it was.
 */
export class WorkerStartError extends StartFailedError {
  readonly code = 'MUSTER_WORKER_START';
}

/** A new worker failed in a reload, which was aborted. The old workers go on serving. */
export class ReloadFailedError extends StartFailedError {
  readonly code = 'MUSTER_RELOAD_FAILED';
  /** Slots that keep their new worker, because the old code no longer exists. */
  readonly keptSlots: readonly number[];
  /** Slots that were already replaced, and went back to the old code. */
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

/** By the error code of the system. */
const ADMIN_FAILURES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process has that port. Give another `admin.port`, or 0 for a free one',
  EACCES: 'this user may not have that port. Give an `admin.port` above 1023, or 0 for a free one',
  EADDRNOTAVAIL: NO_SUCH_HOST,
  ENOTFOUND: NO_SUCH_HOST,
};

/** The admin endpoint cannot listen on its address. Nothing was forked. */
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
