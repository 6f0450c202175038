// Test files share their process (vitest.config.ts): each is to leave it as it was, and fails where it does not.
import { statSync } from 'node:fs';
import { afterAll, expect } from 'vitest';
// Before the packages are loaded, which take their clock then.
import { clock } from './settable-clock.js';

// Of Node 20: after a synchronous stat of a socket, `import()` finds no package behind a link (packages/core/src/process/safe-stat.ts).
statSync('/');

const { clearTimeout, Date: Clock, fetch, setImmediate, setInterval, setTimeout } = globalThis;
const { stackTraceLimit } = Error;
const before = environment();

afterAll(() => {
  // fast-check shortens it.
  Error.stackTraceLimit = stackTraceLimit;
  expect(environment()).toEqual(before);
  expect(clock).toEqual({ aheadMs: 0, stoppedAt: undefined });
  const now = globalThis;
  expect(now.setTimeout === setTimeout && now.clearTimeout === clearTimeout).toBe(true);
  expect(now.setInterval === setInterval && now.setImmediate === setImmediate).toBe(true);
  expect(now.Date === Clock && now.fetch === fetch).toBe(true);
});

function environment() {
  const { VITEST_POOL_ID, VITEST_WORKER_ID, ...env } = process.env;
  const prototypes = [Object, Array, Function, Promise, Error, RegExp, String, Date];
  return {
    env,
    directory: process.cwd(),
    umask: process.umask(),
    properties: prototypes.map((one) => [
      one.name,
      ...Reflect.ownKeys(one).map(String),
      ...Reflect.ownKeys(one.prototype).map(String),
    ]),
  };
}
