// How much of a lease is left for certain, as its holder sees it.

import { performance } from 'node:perf_hooks';
import type { Engine } from '../../engine.js';

/** A moment, on two clocks. */
export interface Moment {
  /** It neither jumps nor stops while the process is stopped; but it stops while the machine sleeps. */
  readonly monotonic: number;
  /** The engine's: it goes on. On Redis it is the time of day, as far as this process knows it. */
  readonly engine: number;
}

export function moment(engine: Engine): Moment {
  return { monotonic: performance.now(), engine: engine.now() };
}

/** The part of a lease that is left unused, for clocks that do not go at the same pace; at most `MAX_MARGIN_MS`. */
const MARGIN = 0.1;
const MAX_MARGIN_MS = 1_000;

/**
 * Of a lease that was asked for at `start`: the store counts from a later moment, so what is over here may still be held
 * there, and never the other way round. The clock that went further counts.
 */
export function leftOfLeaseMs(leaseMs: number, start: Moment, now: Moment): number {
  const passed = Math.max(now.monotonic - start.monotonic, now.engine - start.engine);
  return leaseMs - Math.min(leaseMs * MARGIN, MAX_MARGIN_MS) - passed;
}
