// How much of a lease its holder can still rely on.

import { performance } from 'node:perf_hooks';
import type { Engine } from '../../engine.js';

/** A moment, on two clocks. */
export interface Moment {
  /** Never jumps, and goes on while the process is stopped; but it stands still while the machine sleeps. */
  readonly monotonic: number;
  /** The engine's clock, which goes on while the machine sleeps. On Redis it is the time of day of this process. */
  readonly engine: number;
}

export function moment(engine: Engine): Moment {
  return { monotonic: performance.now(), engine: engine.now() };
}

/** The part of a lease that is left unused, since clocks differ in pace; at most `MAX_MARGIN_MS`. */
const MARGIN = 0.1;
const MAX_MARGIN_MS = 1_000;

/**
 * What is left of a lease that was requested at `start`. The store counts from a later moment, so a lease that is over here may
 * still be held there, and never the other way round. The clock that has advanced further counts.
 */
export function leftOfLeaseMs(leaseMs: number, start: Moment, now: Moment): number {
  const passed = Math.max(now.monotonic - start.monotonic, now.engine - start.engine);
  return leaseMs - Math.min(leaseMs * MARGIN, MAX_MARGIN_MS) - passed;
}
