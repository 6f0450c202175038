// A new worker that serves, and ends while the reload still watches it.
import { performance } from 'node:perf_hooks';
import { LaunchFailure } from '../process/launch-failure.js';
import type { WorkerProcess } from '../process/worker-process.js';
import { exitedEarly } from './reload-plan.js';

/** Rejects where a worker that is ready dies young; never settles otherwise. */
export async function rejectOnEarlyExit(worker: WorkerProcess, watchMs: number): Promise<never> {
  const exit = await worker.exited;
  const livedMs = performance.now() - (worker.readyAt ?? 0);
  if (exitedEarly(livedMs, exit.planned, watchMs)) {
    throw new LaunchFailure(worker, 'crashed', { exit });
  }
  return new Promise(() => {});
}
