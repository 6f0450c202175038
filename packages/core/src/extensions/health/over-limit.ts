// Which worker has outgrown or outlived its limits: a pure function of what is known of all of them.

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
 * Milliseconds for which a worker that followed one with too much memory may have too much itself: code that does not
 * fit into its limit would else be replaced without end.
 */
const SETTLE_MS = 10_000;

/** Workers of one start do not end together: the last one lives so much longer than the first, as a share of the age. */
const SPREAD = 0.1;

/**
 * The one to be replaced next, or none: one at a time, so that the others serve. Memory comes before age, and of several
 * the one that is furthest over its limit.
 */
export function nextOverLimit(workers: readonly Candidate[]): OverLimit | undefined {
  const found = workers.flatMap((worker) => overLimit(worker, workers));
  const memory = found.filter(({ cause }) => cause === 'memory');
  const [first] = (memory.length > 0 ? memory : found).sort((a, b) => b.excess - a.excess);
  return first && { slot: first.slot, generation: first.generation, cause: first.cause };
}

/** None or one; `excess` is its memory or its age as a multiple of the limit. */
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
