/**
 * Functions of the app that the primary calls at points of a worker's life. Unlike a listener of an event, `beforeFork`
 * is waited for, and can prevent what follows. What another hook throws is logged, and supervision goes on.
 */
import type { WorkerExit, WorkerIdentity, WorkerInfo } from './worker-status.js';

export interface Hooks {
  /**
   * May return environment variables for this one fork. A throw, or a rejection, counts as a crash of a worker that
   * never started: the budget and the growing delay of `restart` apply.
   */
  beforeFork?(
    worker: WorkerIdentity,
  ): Promise<Record<string, string> | undefined> | Record<string, string> | undefined;
  onWorkerStart?(worker: WorkerInfo): void;
  onWorkerReady?(worker: WorkerInfo): void;
  /** Its locks are free and its requests settled by now; its replacement has not been announced. */
  onWorkerExit?(exit: WorkerExit): void;
  /** The cluster begins to stop. */
  onStopping?(stop: { reason: string }): void;
}
