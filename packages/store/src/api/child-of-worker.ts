// Whether the environment of this process was meant for its parent.
import cluster from 'node:cluster';

/**
 * Whether this process was started by a worker of a cluster and has inherited its environment. The owner of locks in it is the
 * worker's, and the address of the store in it ranks below an address that this process was given.
 */
export function isChildOfWorker(): boolean {
  return !cluster.isWorker && Boolean(process.env.MUSTER_SLOT);
}
