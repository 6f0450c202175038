// The totals of this process so far.
import type { ProcessTotals } from '../../channel/heartbeat.js';
import { nearTotals } from '../metrics/near-totals.js';
import { requestCount } from '../servers/connections.js';
import { busTotals } from './bus-totals.js';

export function processTotals(): ProcessTotals {
  const { user, system } = process.cpuUsage();
  const bus = busTotals();
  const near = nearTotals();
  return {
    cpuMs: (user + system) / 1_000,
    requests: requestCount(),
    ...(bus && { bus }),
    ...(near && { near }),
  };
}
