// The identity of this process, which the primary sets in the environment of the fork (`memberEnv()` of the bus, which
// reads it as well).
import cluster from 'node:cluster';
import type { WorkerIdentity } from '../worker-status.js';

/** Outside a cluster a process is slot 0, generation 1: worker code runs alone as well. */
const STANDALONE: WorkerIdentity = { slot: 0, generation: 1, role: 'worker' };

/** Read here and not by a function of the bus, which every worker would have to load. */
function identityFromEnv(): WorkerIdentity | undefined {
  const { MUSTER_SLOT, MUSTER_GENERATION, MUSTER_ROLE } = process.env;
  if (!cluster.isWorker || !MUSTER_SLOT || !MUSTER_GENERATION) return undefined;
  return {
    slot: Number(MUSTER_SLOT),
    generation: Number(MUSTER_GENERATION),
    role: MUSTER_ROLE || STANDALONE.role,
  };
}

/** The identity of this process: slot, generation and role. Outside a cluster: slot 0, generation 1, role `'worker'`. */
export const worker: WorkerIdentity = Object.freeze(identityFromEnv() ?? STANDALONE);
