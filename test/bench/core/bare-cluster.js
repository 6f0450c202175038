// The baseline: node:cluster and nothing else. Prints `{ readyMs, rss }` once every worker listens.
// @ts-check
import cluster from 'node:cluster';
import { env } from 'node:process';
import { serve } from './app.js';
import { tell } from './tell.js';

if (cluster.isPrimary) {
  const workers = Number(env.WORKERS);
  const start = performance.now();
  let listening = 0;
  cluster.on('listening', () => {
    listening++;
    if (listening === workers) tell(performance.now() - start);
  });
  for (let n = 0; n < workers; n++) cluster.fork();
} else {
  serve();
}
