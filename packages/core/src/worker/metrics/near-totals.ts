// Counts the near caches of this process. Its stores answer on a channel, so no store is loaded for it.
import { channel } from 'node:diagnostics_channel';
import type { NearTotals } from '../../channel/heartbeat.js';

const question = channel('muster:store:near');

/** `undefined` if the process has had no near cache. */
export function nearTotals(): NearTotals | undefined {
  if (!question.hasSubscribers) return undefined;
  const sum: NearTotals = { hits: 0, misses: 0, stale: 0, gaps: 0, entries: 0 };
  question.publish({
    add(counters: NearTotals) {
      for (const name of Object.keys(sum) as (keyof NearTotals)[]) sum[name] += counters[name];
    },
  });
  return sum;
}
