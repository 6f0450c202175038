/**
 * A program that runs clusters with an extension, one after the other: a worker crashes, all are reloaded, one is taken
 * away, and the cluster stops. Its arguments: the URL of the module that makes the extension, and how many clusters.
 */
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import type { Cluster } from '../cluster.js';
import type { ClusterExtension } from '../cluster-extension.js';
import type { LogFields, Logger } from '../cluster-options.js';
import { startCluster } from '../start-cluster.js';
import type { ProgramReport } from './run-in-cluster.js';

const [, , module = '', clusters = '1'] = process.argv;
const failures: string[] = [];

const note = ({ event }: LogFields, message: string) => {
  if (event === 'extension.failed') failures.push(message);
};
const logger: Logger = { info: note, warn: note, error: note };

async function runCluster(extensions: readonly ClusterExtension[]): Promise<void> {
  const started = await startCluster({
    worker: () => createServer().listen(0, '127.0.0.1'),
    workers: 2,
    control: false,
    restart: { minDelayMs: 1 },
    reload: { watchMs: 0 },
    logger,
    extensions,
  });
  if (!started.isPrimary) return;
  await crash(started);
  await started.reload();
  await started.scale(1);
  await started.stop();
}

/** Settles when another worker is ready in the place of one that was killed. */
async function crash(running: Cluster): Promise<void> {
  const [victim] = running.workers();
  if (!victim) return;
  const replaced = new Promise((resolve) => {
    running.on('workerReady', (worker) => worker.slot === victim.slot && resolve(worker));
  });
  process.kill(victim.pid, 'SIGKILL');
  await replaced;
}

if (cluster.isWorker) await runCluster([]);
else {
  const { default: create } = (await import(module)) as { default: () => ClusterExtension };
  for (let count = 0; count < Number(clusters); count += 1) await runCluster([create()]);
  process.send?.(failures satisfies ProgramReport, () => process.disconnect());
}
