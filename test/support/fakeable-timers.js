// The timers that the packages took when they were imported, for a test to fake all the same.
// @ts-check

import { syncBuiltinESMExports } from 'node:module';
import hooks from 'node:perf_hooks';
import timers from 'node:timers';

const NAMES = /** @type {const} */ ([
  ...['setTimeout', 'setInterval', 'setImmediate'],
  ...['clearTimeout', 'clearInterval', 'clearImmediate'],
]);

/**
 * From now on those are the global ones, whatever these are.
 *
 * @returns {() => void} brings them back
 */
export function makeTimersGlobal() {
  const own = NAMES.map((name) => /** @type {const} */ ([name, timers[name]]));
  const { performance } = hooks;
  for (const name of NAMES) {
    /** @param {unknown[]} args */
    const call = (...args) => Reflect.apply(globalThis[name], undefined, args);
    Reflect.set(timers, name, call);
  }
  Reflect.set(hooks, 'performance', { now: () => globalThis.performance.now() });
  syncBuiltinESMExports();
  return () => {
    for (const [name, call] of own) Reflect.set(timers, name, call);
    Reflect.set(hooks, 'performance', performance);
    syncBuiltinESMExports();
  };
}
