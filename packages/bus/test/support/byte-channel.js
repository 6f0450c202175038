// Loaded before a fixture: its primary forks workers as `@muster/core` does, with the byte channel of the bus.
// @ts-check

import cluster from 'node:cluster';

if (cluster.isPrimary) {
  const { channelEnv, channelStdio, offerChannel } = await import('@muster/bus/assign-member');
  const { fork } = cluster;
  cluster.setupPrimary({ stdio: ['inherit', 'inherit', 'inherit', 'ipc', ...channelStdio] });
  cluster.fork = (env) => {
    const worker = fork.call(cluster, { .../** @type {object} */ (env), ...channelEnv() });
    offerChannel(worker);
    return worker;
  };
}
