// The same, with the server in a module of its own, which knows nothing of Muster.
// @ts-check
import { env } from 'node:process';
import { startCluster } from '../../../packages/core/dist/supervision.js';
import { tell } from './tell.js';

const start = performance.now();
await startCluster({
  worker: new URL('./serving.js', import.meta.url),
  workers: Number(env.WORKERS),
});
tell(performance.now() - start);
