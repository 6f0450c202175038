/**
 * By how much the event loop of this process is late.
 *
 * Measured closely, this is the 99th percentile of samples every 20 ms, which cost 50 wake-ups a second. Otherwise it is
 * the delay of one timer that exists anyway, which costs nothing and sees long delays.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;

let histogram: IntervalHistogram | undefined;

export function measureClosely(wanted: boolean): void {
  if (wanted === (histogram !== undefined)) return;
  histogram?.disable();
  histogram = wanted ? monitorEventLoopDelay({ resolution: RESOLUTION_MS }) : undefined;
  histogram?.enable();
}

/** The delay in milliseconds since the last call. `lateMs`: how late the timer was. */
export function takeLoopDelay(lateMs: number): number {
  // Samples include the resolution, which is not a delay. An empty histogram gives NaN.
  const p99Ms = (histogram?.percentile(99) ?? 0) / 1e6 - RESOLUTION_MS || 0;
  histogram?.reset();
  return Math.max(0, p99Ms, lateMs);
}
