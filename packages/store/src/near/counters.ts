// The counts of near caches: of one store, and of all stores of a process, for `muster status` and `/metrics`.
import { subscribe } from 'node:diagnostics_channel';
import type { NearCounters } from './contract.js';

export const NO_COUNTERS: NearCounters = { hits: 0, misses: 0, stale: 0, gaps: 0, entries: 0 };

export function sumOf(all: Iterable<NearCounters>): NearCounters {
  const sum = { ...NO_COUNTERS };
  for (const one of all) {
    sum.hits += one.hits;
    sum.misses += one.misses;
    sum.stale += one.stale;
    sum.gaps += one.gaps;
    sum.entries += one.entries;
  }
  return sum;
}

/**
 * A message of the channel `muster:store:near`: a question. Each copy of this package that has had a near cache adds the counts of
 * this process to it, those of closed stores included.
 */
interface NearQuestion {
  add(counters: NearCounters): void;
}

const open = new Set<() => NearCounters>();
let ofClosed = NO_COUNTERS;
let isAnswering = false;

/** Adds the counts of a store to those of the process. @returns a function for when the store is closed: its counts remain. */
export function countInProcess(counters: () => NearCounters): () => void {
  open.add(counters);
  if (!isAnswering) {
    isAnswering = true;
    subscribe('muster:store:near', (question) => {
      const sum = sumOf([ofClosed, ...Array.from(open, (read) => read())]);
      (question as NearQuestion).add(sum);
    });
  }
  return () => {
    if (open.delete(counters)) ofClosed = sumOf([ofClosed, { ...counters(), entries: 0 }]);
  };
}
