// The checks of `startCluster()`, for those who read options elsewhere: nothing is started.
import { collectFaults } from './checks/faults.js';
import type { ClusterOptions } from './cluster-options.js';
import { checkedOptions, resolveOptions } from './supervisor/options/options.js';

export { OF_CLUSTERS, OF_ROLES } from './supervisor/options/role-options.js';

/** Everything that is wrong with the options: sentences, each of which begins with the path of an option. */
export function clusterOptionFaults(options: ClusterOptions): readonly string[] {
  return collectFaults(() => checkedOptions(options)).faults;
}

/** Milliseconds after which the last drain has to be over. @throws InvalidOptionError for options that cannot work */
export function longestDrainMs(options: ClusterOptions): number {
  return Math.max(...resolveOptions(options).roles.map(({ drainTimeoutMs }) => drainTimeoutMs));
}
