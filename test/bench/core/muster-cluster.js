// The same server under startCluster().
// @ts-check
import cluster from 'node:cluster';
import { env } from 'node:process';
import { startCluster } from '@muster/core';
import { serve } from './app.js';
import { tell } from './tell.js';

const start = performance.now();
await startCluster({ worker: serve, workers: Number(env.WORKERS) });
if (cluster.isPrimary) tell(performance.now() - start);
