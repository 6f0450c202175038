// The bus of this cluster, joined with those of other machines.

import { type JoinedMachines, joinMachines, type MachinesOptions } from '@muster/machines';
import { resolveStoreTarget } from '@muster/store/cluster';
import type { Log } from '../../cluster-extension.js';
import type { StoreWiring } from '../../cluster-options.js';
import type { Extension } from '../extension.js';

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
      joined = joinMachines(
        { ...options, url },
        { onLink: (error) => told(log, error), onRefused: () => refused(log, options) },
      );
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

function refused(log: Log, { group = 'default', secret }: MachinesOptions): void {
  const what =
    secret === undefined
      ? 'they were not written by this version of Muster'
      : 'they were not sealed with the `secret` of this machine';
  log.warn(
    'machines.refused',
    `entries of other machines in the group ${group} are refused: ${what}. Give all machines of the group the same \`secret\` and version; \`muster status --machines\` counts what is refused`,
    { group },
  );
}

function told(log: Log, trouble: Error | undefined): void {
  if (trouble === undefined) log.info('machines.linked', 'the link to the other machines is up');
  else {
    const reason = trouble.message;
    log.warn('machines.cut', `the link to the other machines is down: ${reason}`, { reason });
  }
}
