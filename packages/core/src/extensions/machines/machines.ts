// The bus of this cluster, joined with those of other machines.

import { type JoinedMachines, joinMachines, type MachinesOptions } from '@muster/machines';
import { resolveStoreTarget } from '@muster/store/cluster';
import type { StoreWiring } from '../../cluster-options.js';
import type { Extension } from '../extension.js';
import { logOf } from './machines-log.js';

/** @param store of the cluster: where it is on a Redis, that joins the machines as well. */
export function createMachines(
  options: MachinesOptions,
  store: StoreWiring | undefined,
): Extension {
  let joined: JoinedMachines | undefined;
  return {
    name: 'machines',
    start({ log }) {
      const { url = urlOf(store) } = options;
      joined = joinMachines({ ...options, url }, logOf(log, options));
    },
    // Who a worker is it knows from the start, and is told anew where another machine is called so.
    forkSettings: () => ({ env: { MUSTER_MACHINE: joined?.status().name ?? '' } }),
    status: () => (joined ? { machines: joined.status() } : {}),
    async stopped() {
      await joined?.close();
    },
  };
}

function urlOf(store: StoreWiring | undefined): string | undefined {
  const target = resolveStoreTarget(store);
  return target.engine === 'redis' ? target.url : undefined;
}
