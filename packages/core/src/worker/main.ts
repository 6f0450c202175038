// The entry of a worker whose code is a module: makes the process a worker first, then loads the module.

import { loadMain } from './app/main-module.js';
import { runWorker } from './lifecycle.js';

const file = process.env.MUSTER_WORKER_FILE;
if (!file) throw new Error('This module is what startCluster() forks; it is not meant to be run.');

await runWorker(() => loadMain(file), process.env.MUSTER_READY);
