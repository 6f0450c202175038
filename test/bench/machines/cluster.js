// One machine: a cluster with one worker.
// @ts-check
import { startCluster } from '@muster/core/cluster';
import { work } from './worker.js';

const { BENCH_URL = '', BENCH_NAME = '' } = process.env;
await startCluster({
  workers: 1,
  worker: work,
  machines: { url: BENCH_URL, name: BENCH_NAME },
  logger: { info() {}, warn: console.warn, error: console.error },
});
