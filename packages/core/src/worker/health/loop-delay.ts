/**
 * By how much the event loop of this process is late.
 *
 * Closely: every 20 ms, which is 50 wake-ups a second, and the 99th percentile of that. Else by one timer that is there
 * anyway, which costs nothing and sees what lasts.
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

/** Milliseconds since it was last asked. `lateMs`: how late the timer was. */
export function takeLoopDelay(lateMs: number): number {
  // It has the whole time from one look to the next, of which the resolution is no delay. Empty, it is NaN.
  const p99Ms = (histogram?.percentile(99) ?? 0) / 1e6 - RESOLUTION_MS || 0;
  histogram?.reset();
  return Math.max(0, p99Ms, lateMs);
}
