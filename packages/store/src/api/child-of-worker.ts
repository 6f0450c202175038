// Whether what the environment says of the store was said to somebody else.
import cluster from 'node:cluster';

/**
 * Whether this process was started by a worker of a cluster, and has its environment: `@muster/core` wires a worker, and
 * not what that worker runs. Its name for the owner of locks is the worker's own, and its address of the store stands
 * below an address that this process was given.
 */
export function isChildOfWorker(): boolean {
  return !cluster.isWorker && Boolean(process.env.MUSTER_SLOT);
}
