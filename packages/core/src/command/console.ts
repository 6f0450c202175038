// `muster console`: the link that opens the console of a running cluster.
import type { ConsoleLink } from '../extensions/control/cluster-facts.js';
import { print, withCluster } from './cluster/cluster-call.js';
import type { Target } from './cluster/clusters.js';

/** Milliseconds for an answer that takes no work. */
const TIMEOUT_MS = 10_000;

/** Whoever reads the link can use the console, so it goes to stdout and nowhere else. */
export async function console(target: Target): Promise<void> {
  await withCluster(target, async ({ client }) => {
    const { url } = (await client.call('console', {}, { timeoutMs: TIMEOUT_MS })) as ConsoleLink;
    print(url);
  });
}
