// How often and how closely a worker is measured: pure functions of its last two heartbeats.
import type { Heartbeat } from '../../heartbeat.js';

type Measured = Omit<Heartbeat, 'nextMs'>;

/** Shares of an interval in which the event loop was busy: below the one nothing happens, from the other on it may be late. */
const QUIET = 0.02;
const BUSY = 0.5;
/** By how much memory may have grown. */
const GROWTH = 1.05;

/** Whether nothing happens: nobody misses a heartbeat. */
export function isQuiet(now: Measured, before: Measured): boolean {
  return (
    now.eventLoopUtilization < QUIET &&
    now.requests === before.requests &&
    now.bus?.sent === before.bus?.sent &&
    now.bus?.received === before.bus?.received &&
    (now.store?.calls ?? 0) === 0 &&
    now.ownBytes <= GROWTH * before.ownBytes
  );
}

/** Whether its event loop may be late: worth to be measured closely, though nobody looks. */
export function isBusy({ intervalMs, eventLoopUtilization }: Measured): boolean {
  return intervalMs > 0 && eventLoopUtilization >= BUSY;
}
