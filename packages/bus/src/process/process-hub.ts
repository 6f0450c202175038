// The one hub of this process.

import cluster from 'node:cluster';
import { isMainThread } from 'node:worker_threads';
import { BusInThreadError } from '../errors.js';
import { memberFromEnv } from '../member-env.js';
import { openWorkerTransport } from '../transport/worker-transport.js';
import type { Hub } from './hub.js';
import { registeredHub, registerHub } from './hub-registry.js';
import { clusterHub } from './primary-hub.js';
import { workerHub } from './worker-hub.js';

export function processHub(): Hub {
  return registeredHub() ?? registerHub(createHub());
}

/** @throws BusInThreadError */
function createHub(): Hub {
  // Not silently alone, as a process without a cluster is.
  if (!isMainThread) throw new BusInThreadError();
  if (!cluster.isWorker) return clusterHub();
  return workerHub(openWorkerTransport, memberFromEnv(process.env));
}
