// The same over the bus.
// @ts-check

import cluster from 'node:cluster';
import { createBus } from '@muster/bus';
import { channelEnv, channelStdio, offerChannel } from '@muster/bus/assign-member';

/** A worker as `startCluster()` forks it. @param {Record<string, string>} [env] */
export function forkForBus(env = {}) {
  cluster.setupPrimary({ stdio: ['inherit', 'inherit', 'inherit', 'ipc', ...channelStdio] });
  const worker = cluster.fork({ ...env, ...channelEnv() });
  offerChannel(worker);
  return worker;
}

/** @returns {import('./raw.js').Link | undefined} */
export function connectMuster() {
  /**
   * @type {import('@muster/bus').Bus<
   *   { data: { at: number }, confirm: number },
   *   { ask: (payload: unknown) => unknown }
   * >}
   */
  const bus = createBus();
  if (cluster.isPrimary) return undefined;
  /** @type {(from: number, at: number) => void} */
  let confirm = () => {};
  return {
    async serve({ every }, slot) {
      let count = 0;
      if (slot > 0) {
        bus.on('data', ({ at }, { from }) => {
          count++;
          if (count % every === 0) bus.broadcast('confirm', at, { to: from.slot });
        });
        bus.handle('ask', (payload) => payload);
      } else bus.on('confirm', (at, { from }) => confirm(Number(from.slot), at));
      await bus.whenJoined();
    },
    send(payload) {
      bus.broadcast('data', payload);
    },
    ask: (payload) => bus.request(1, 'ask', payload),
    onConfirm(listener) {
      confirm = listener;
    },
  };
}
