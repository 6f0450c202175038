// `startCluster()`: one call, of which each process does its own side.
import cluster from 'node:cluster';
import { startPrimary } from '#primary';
import type { Cluster, ClusterWorker } from './cluster.js';
import type { ClusterOptions } from './cluster-options.js';
import { ClusterMisuseError, InvalidOptionError } from './errors.js';
import { runWorker } from './worker/lifecycle.js';

/**
 * Forks the workers, gives each a slot, wires store and bus into them, and looks after them until SIGTERM,
 * SIGINT or `stop()`.
 *
 * With a function the main module runs in every process: in the primary this call forks and settles when every worker is
 * ready; in a worker it runs the function and settles with it. Code after the call runs in both, so check `isPrimary` where
 * it matters. With a module (`worker`: a path or a URL) the workers load that module alone.
 *
 * @example
 * await startCluster(() => {
 *   createServer((req, res) => res.end('hello')).listen(3000);
 * });
 *
 * @throws InvalidOptionError for options that cannot work. Nothing was forked.
 * @throws ClusterMisuseError where a cluster runs already, or in a worker module.
 * @throws WorkerStartError if a worker exits before it is ready. Nothing is left running.
 */
export async function startCluster(
  options: ClusterOptions & { worker: string | URL },
): Promise<Cluster>;
export async function startCluster(
  worker: (() => unknown) | ClusterOptions,
): Promise<Cluster | ClusterWorker>;
export async function startCluster(
  worker: (() => unknown) | ClusterOptions,
  ...more: unknown[]
): Promise<Cluster | ClusterWorker> {
  if (more.length > 0) {
    throw new InvalidOptionError(
      'startCluster() takes one argument: give the options with the function in them, ' +
        'as in startCluster({ workers: 2, worker: () => {} }).',
    );
  }
  const options: ClusterOptions = typeof worker === 'function' ? { worker } : worker;
  if (cluster.isPrimary) return startPrimary(options);
  if (typeof options?.worker !== 'function' || process.env.MUSTER_WORKER_FILE) {
    throw new ClusterMisuseError(
      'startCluster() was called in a worker. A worker module must not start a cluster itself: call it in the ' +
        'module that you run, or give it a function.',
    );
  }
  await runWorker(options.worker as () => unknown, process.env.MUSTER_READY);
  return { isPrimary: false };
}
