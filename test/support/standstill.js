// Work that has to be quick, on a machine that may be busy with other things.
import { performance } from 'node:perf_hooks';
import { watchForStandstill } from '../../packages/testing/dist/load/standstill.js';

const ATTEMPTS = 10;

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
