// Decides how often and how closely a worker is measured: pure functions of its last two heartbeats.
import type { Heartbeat } from '../../channel/heartbeat.js';

type Measured = Omit<Heartbeat, 'nextMs'>;

/** The share of an interval that an idle worker spends on a processor, at most. */
const QUIET = 0.02;
/** From this share of an interval on, the event loop may be late. */
const BUSY = 0.5;
/** The factor by which memory may have grown. */
const GROWTH = 1.05;

/**
 * Whether the worker is idle, so that nobody misses a heartbeat. Judged by processor time, because on a busy machine the
 * event loop of a worker that waits for a processor looks busy, and heartbeats would come more often just there.
 */
export function isQuiet(now: Measured, before: Measured): boolean {
  return (
    now.cpuMs - before.cpuMs < QUIET * now.intervalMs &&
    !isBusy(now) &&
    now.requests === before.requests &&
    now.bus?.sent === before.bus?.sent &&
    now.bus?.received === before.bus?.received &&
    (now.store?.calls ?? 0) === 0 &&
    now.ownBytes <= GROWTH * before.ownBytes
  );
}

/** Whether its event loop may be late, so that close measuring is worth its cost although nobody looks. */
export function isBusy({ intervalMs, eventLoopUtilization }: Measured): boolean {
  return intervalMs > 0 && eventLoopUtilization >= BUSY;
}
