// What can go wrong with a cluster, one class per failure (docs/errors.md).
import { MusterError } from '@muster/codec';

/** `startCluster()` was called in a way that cannot work. Nothing was forked. */
export class ClusterMisuseError extends MusterError {
  readonly code = 'MUSTER_CLUSTER_MISUSE';
}

/** A worker ended, or was not ready in time, while the cluster started. The others were stopped. */
export class WorkerStartError extends MusterError {
  readonly code = 'MUSTER_WORKER_START';
  /** The slot of the worker that failed; `undefined` where the cluster was stopped from outside. */
  readonly slot: number | undefined;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;

  constructor(
    message: string,
    exit?: { slot: number; code: number | null; signal: NodeJS.Signals | null },
  ) {
    super(message);
    this.slot = exit?.slot;
    this.exitCode = exit?.code ?? null;
    this.signal = exit?.signal ?? null;
  }
}
