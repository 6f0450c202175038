// Who a worker is: the primary says so in the environment of the fork.
import cluster from 'node:cluster';

export interface WorkerIdentity {
  /** 0…N-1; a replacement takes over its predecessor's. */
  readonly slot: number;
  /** 1 for the first process in a slot, then one more for each successor. */
  readonly generation: number;
  readonly role: string;
}

/** Who this process is. One that no cluster forked is slot 0, generation 1: worker code runs alone, too. */
export const worker: WorkerIdentity = Object.freeze({
  slot: fromEnv('MUSTER_SLOT', 0),
  generation: fromEnv('MUSTER_GENERATION', 1),
  role: (cluster.isWorker && process.env.MUSTER_ROLE) || 'worker',
});

function fromEnv(name: string, alone: number): number {
  const value = cluster.isWorker ? Number(process.env[name] ?? Number.NaN) : alone;
  return Number.isSafeInteger(value) ? value : alone;
}
