// Detects a new worker that exits while the reload still watches it.
import { performance } from 'node:perf_hooks';
import { LaunchFailure } from '../process/launch-failure.js';
import type { WorkerProcess } from '../process/worker-process.js';
import { exitedEarly } from './reload-plan.js';

/** Rejects if a ready worker exits early; never settles otherwise. */
export async function rejectOnEarlyExit(worker: WorkerProcess, watchMs: number): Promise<never> {
  const exit = await worker.exited;
  const livedMs = performance.now() - (worker.readyAt ?? 0);
  if (exitedEarly(livedMs, exit.planned, watchMs)) {
    throw new LaunchFailure(worker, 'crashed', { exit });
  }
  return new Promise(() => {});
}
