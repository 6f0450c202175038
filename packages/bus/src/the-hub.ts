// The one hub of this process.

import cluster from 'node:cluster';
import type { Hub } from './hub.js';
import { openWorkerPort } from './ipc-worker.js';
import { memberFromEnv } from './member-env.js';
import { clusterHub } from './primary-hub.js';
import { VERSION } from './wire/frame.js';
import { workerHub } from './worker-hub.js';

/**
 * Two copies of this package that write the same frames share one hub. A copy that writes others has a hub
 * of its own, and the two do not hear each other.
 */
const KEY = Symbol.for(`@muster/bus/hub/${VERSION}`);

export function theHub(): Hub {
  const home = globalThis as { [KEY]?: Hub };
  home[KEY] ??= cluster.isWorker
    ? workerHub(openWorkerPort, memberFromEnv(process.env))
    : clusterHub();
  return home[KEY];
}
