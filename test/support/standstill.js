// Whether this process stood still: a machine that is busy with other things may leave it without a core for seconds. That
// a peer did then what it does after a second of silence is no fault of it.
import { performance } from 'node:perf_hooks';

/** Milliseconds; half of what anybody waits for a peer. */
const STILL_MS = 500;
const LOOK_MS = 50;
const ATTEMPTS = 10;

/** Watches from now on, and keeps no process alive. */
export function watchForStandstill() {
  let seen = performance.now();
  let wokeAt = Number.NEGATIVE_INFINITY;
  const look = () => {
    const now = performance.now();
    if (now - seen > STILL_MS) wokeAt = now;
    seen = now;
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return {
    /** @param {number} time of `performance.now()` */
    stoodStillSince(time) {
      look();
      return wokeAt >= time;
    },
    end: () => clearInterval(timer),
  };
}

/**
 * Runs what has to be quick, and once more where it failed and this process had stood still meanwhile.
 *
 * @template T
 * @param {() => Promise<T>} run
 * @returns {Promise<T>}
 */
export async function whileAwake(run) {
  for (let attempt = 1; ; attempt++) {
    const began = performance.now();
    const watch = watchForStandstill();
    try {
      return await run();
    } catch (error) {
      if (attempt === ATTEMPTS || !watch.stoodStillSince(began)) throw error;
    } finally {
      watch.end();
    }
  }
}
