// A cluster that a test drives over IPC: each message is a call of the cluster, and is answered.
import { startCluster } from '@muster/core';

const options = JSON.parse(process.env.CLUSTER_OPTIONS ?? '{}');
const cluster = await startCluster(options);

let aborter = new AbortController();

/** @type {Record<string, (...args: any[]) => unknown>} */
const calls = {
  reload: (given) => cluster.reload(given),
  abortableReload: (given) => {
    aborter = new AbortController();
    return cluster.reload({ ...given, signal: aborter.signal });
  },
  abort: (reason) => aborter.abort(new Error(reason)),
  scale: (given) => cluster.scale(given),
  restartWorker: (slot) => cluster.restartWorker(slot),
  status: () => cluster.status(),
  stop: () => cluster.stop(),
};

for (const name of /** @type {const} */ ([
  'workerStart',
  'workerExit',
  'workerReady',
  'roleStopped',
])) {
  cluster.on(name, (event) => process.send?.({ event: name, value: event }));
}
process.on('message', async (/** @type {any} */ { id, call, args }) => {
  try {
    process.send?.({ id, value: (await calls[call]?.(...args)) ?? null });
  } catch (error) {
    const { name, message, ...fields } = /** @type {any} */ (error);
    process.send?.({ id, error: { name, message, ...fields } });
  }
});
// A test that was cut off leaves nothing behind.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.send?.({ event: 'up', value: cluster.workers() });
