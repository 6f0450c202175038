// How busy one worker was of late: its heartbeats, weighted by the time that each is about. Pure functions.

/** What one heartbeat says. A worker may say anything: numbers are finite and not negative, and no more is known. */
export interface LoadSample {
  /** Milliseconds, on a monotonic clock: when it came. */
  readonly at: number;
  /** Milliseconds that it is about. */
  readonly intervalMs: number;
  /** Share of them in which the event loop was busy. */
  readonly busy: number;
}

/** Samples that are kept of a worker at most: more come only of one that sends far too often. */
const MAX_SAMPLES = 100;
/** The share of the window that samples have to be about. */
const COVERED = 0.5;

export function withSample(
  samples: readonly LoadSample[],
  sample: LoadSample,
  windowMs: number,
): readonly LoadSample[] {
  return [...recent(samples, sample.at, windowMs), sample].slice(-MAX_SAMPLES);
}

/** 0 to 1, over the last `windowMs`. `undefined` if the worker has said too little about them. */
export function loadOf(
  samples: readonly LoadSample[],
  now: number,
  windowMs: number,
): number | undefined {
  let covered = 0;
  let busy = 0;
  for (const sample of recent(samples, now, windowMs)) {
    const weight = Math.min(sample.intervalMs, windowMs);
    covered += weight;
    busy += weight * Math.min(1, sample.busy);
  }
  return covered >= COVERED * windowMs ? busy / covered : undefined;
}

function recent(samples: readonly LoadSample[], now: number, windowMs: number) {
  return samples.filter(({ at }) => at > now - windowMs);
}
