// Who this process is: the primary says so in the environment of the fork, and the bus reads it as well.
import cluster from 'node:cluster';
import { memberFromEnv } from '@muster/bus/member-env';
import type { WorkerIdentity } from '../worker-status.js';

/** One that no cluster forked is slot 0, generation 1: worker code runs alone, too. */
const ALONE: WorkerIdentity = { slot: 0, generation: 1, role: 'worker' };

/** Who this process is. */
export const worker: WorkerIdentity = Object.freeze({
  ...ALONE,
  ...(cluster.isWorker ? (memberFromEnv(process.env) as WorkerIdentity | undefined) : {}),
});
