/**
 * What `#primary` of package.json means in a worker, which never needs it: so that a worker does not load it. All that
 * a worker starts inherits its arguments, and with them this; and one of those may start a cluster of its own.
 */
import type { Cluster } from '../cluster.js';
import type { ClusterOptions } from '../cluster-options.js';

export async function startPrimary(options: ClusterOptions): Promise<Cluster> {
  const primary = await import('../supervisor/start-primary.js');
  return primary.startPrimary(options);
}
