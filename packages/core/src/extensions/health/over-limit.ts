// Which worker has outgrown or outlived its limits: a pure function of what is known about all of them.

interface Limits {
  /** 0: none. */
  readonly maxRssBytes: number;
  /** 0: none. */
  readonly maxAgeMs: number;
}

/** A worker that serves. */
export interface Candidate {
  readonly slot: number;
  readonly generation: number;
  readonly limits: Limits;
  /** Missing before the first heartbeat. */
  readonly ownBytes?: number | undefined;
  readonly ageMs: number;
  /** Whether its predecessor was replaced for its memory. */
  readonly afterMemory: boolean;
}

export interface OverLimit {
  readonly slot: number;
  readonly generation: number;
  readonly cause: 'memory' | 'age';
}

/**
 * Milliseconds for which the successor of a worker with too much memory may have too much itself: code that does not fit
 * into its limit would otherwise be replaced without end.
 */
const SETTLE_MS = 10_000;

/**
 * Workers that started together are not replaced together: the last one lives longer than the first by this share of the
 * age.
 */
const SPREAD = 0.1;

/**
 * The worker to replace next, if any: one at a time, so that the others serve. Memory comes before age, and the worker
 * furthest over its limit comes first.
 */
export function nextOverLimit(workers: readonly Candidate[]): OverLimit | undefined {
  const found = workers.flatMap((worker) => overLimit(worker, workers));
  const memory = found.filter(({ cause }) => cause === 'memory');
  const [first] = (memory.length > 0 ? memory : found).sort((a, b) => b.excess - a.excess);
  return first && { slot: first.slot, generation: first.generation, cause: first.cause };
}

/** Empty or one item. `excess` is the memory or the age as a multiple of the limit. */
function overLimit(
  worker: Candidate,
  workers: readonly Candidate[],
): (OverLimit & { excess: number })[] {
  const { slot, generation, ownBytes = 0, ageMs } = worker;
  const { maxRssBytes, maxAgeMs } = worker.limits;
  const settled = ageMs >= (worker.afterMemory ? SETTLE_MS : 0);
  if (maxRssBytes > 0 && ownBytes > maxRssBytes && settled) {
    return [{ slot, generation, cause: 'memory', excess: ownBytes / maxRssBytes }];
  }
  if (maxAgeMs === 0) return [];
  const excess = ageMs / ageLimit(maxAgeMs, worker, workers);
  return excess >= 1 ? [{ slot, generation, cause: 'age', excess }] : [];
}

/** At most `maxAgeMs`: the highest slot reaches it, the lowest a tenth earlier. */
function ageLimit(maxAgeMs: number, worker: Candidate, workers: readonly Candidate[]): number {
  const slots = workers.map(({ slot }) => slot).sort((a, b) => a - b);
  const place = (slots.indexOf(worker.slot) + 1) / slots.length;
  return maxAgeMs * (1 - SPREAD * (1 - place));
}
