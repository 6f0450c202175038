// The same, with no more of Muster than a server needs that uses neither bus nor store: `@muster/core/cluster`.
// @ts-check
import cluster from 'node:cluster';
import { env } from 'node:process';
import { startCluster } from '@muster/core/cluster';
import { serve } from './app.js';
import { tell } from './tell.js';

const start = performance.now();
await startCluster({ worker: serve, workers: Number(env.WORKERS) });
if (cluster.isPrimary) tell(performance.now() - start);
