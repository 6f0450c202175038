// The same, with the server in a module of its own, which knows nothing of Muster.
// @ts-check
import { env } from 'node:process';
import { startCluster } from '@muster/core/cluster';
import { tell } from './tell.js';

const start = performance.now();
await startCluster({
  worker: new URL('./serving.js', import.meta.url),
  workers: Number(env.WORKERS),
  // 64 of them take their time on two cores.
  ready: { timeoutMs: 120_000 },
});
tell(performance.now() - start);
