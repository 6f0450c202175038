/**
 * The target of `#primary` (package.json) in a worker, which never needs the primary's code and so does not load it.
 * Processes that a worker starts inherit its arguments, and with them this target; one of them may start its own cluster.
 */
import type { Cluster } from '../cluster.js';
import type { ClusterOptions } from '../cluster-options.js';

export async function startPrimary(options: ClusterOptions): Promise<Cluster> {
  const primary = await import('../supervisor/start-primary.js');
  return primary.startPrimary(options);
}
