/**
 * Functions of the app that the primary calls in the life of a worker. Unlike a listener of an event, `beforeFork` is
 * waited for and can prevent the fork. If another hook throws, the error is logged and supervision goes on.
 */
import type { WorkerExit, WorkerIdentity, WorkerInfo } from './worker-status.js';

export interface Hooks {
  /**
   * May return environment variables for this one fork. A throw or a rejection counts as the crash of a worker that never
   * started: the budget and the growing delay of `restart` apply.
   */
  beforeFork?(
    worker: WorkerIdentity,
  ): Promise<Record<string, string> | undefined> | Record<string, string> | undefined;
  onWorkerStart?(worker: WorkerInfo): void;
  onWorkerReady?(worker: WorkerInfo): void;
  /** Called when its locks are free and its requests are settled, before its replacement is announced. */
  onWorkerExit?(exit: WorkerExit): void;
  /** The cluster begins to stop. */
  onStopping?(stop: { reason: string }): void;
}
