// Milliseconds of the monotonic clock, which no test sets.
import { performance } from 'node:perf_hooks';

// As it is now: a test that fakes the clock later means its own code.
const read = performance.now.bind(performance);

export function now(): number {
  return read();
}
