// Who this process is: the primary says so in the environment of the fork (`memberEnv()` of the bus, which reads it as well).
import cluster from 'node:cluster';
import type { WorkerIdentity } from '../worker-status.js';

/** One that no cluster forked is slot 0, generation 1: worker code runs alone, too. */
const STANDALONE: WorkerIdentity = { slot: 0, generation: 1, role: 'worker' };

/** Read here, and not by a function of the bus: every worker would have to load that. */
function identityFromEnv(): WorkerIdentity | undefined {
  const { MUSTER_SLOT, MUSTER_GENERATION, MUSTER_ROLE } = process.env;
  if (!cluster.isWorker || !MUSTER_SLOT || !MUSTER_GENERATION) return undefined;
  return {
    slot: Number(MUSTER_SLOT),
    generation: Number(MUSTER_GENERATION),
    role: MUSTER_ROLE || STANDALONE.role,
  };
}

/** Who this process is. */
export const worker: WorkerIdentity = Object.freeze(identityFromEnv() ?? STANDALONE);
