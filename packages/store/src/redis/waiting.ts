// Warns once if calls wait for a Redis that no connection has reached yet: until their deadline, nothing else would tell.
import { performance } from 'node:perf_hooks';
import { withoutArguments } from './redacted.js';
import type { Topology } from './topology/topology.js';

/** Milliseconds from the first attempt on: a server that starts at the same time is there by then. */
const TOLD_AFTER_MS = 1_200;

/**
 * @param label of the servers, without secrets
 * @returns a function that ends it, when nobody is to hear of it any more
 */
export function warnOfWaiting(topology: Topology, label: string): () => void {
  const since = performance.now();
  const unlisten = topology.listen({
    changed() {},
    lost() {},
    retired() {},
    health(trouble) {
      if (trouble && performance.now() - since < TOLD_AFTER_MS) return;
      unlisten();
      if (trouble === undefined) return;
      process.emitWarning(
        `The store waits for the Redis at ${label}, which it has not reached so far: ${withoutArguments(trouble.message)}`,
        { code: 'MUSTER_STORE_WAITS' },
      );
    },
  });
  return unlisten;
}
