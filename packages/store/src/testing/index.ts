// The conformance suite: what every engine has to keep, as tests for any runner.
import { givenArguments } from './arguments.js';
import { cacheLoads } from './cache/cache-loads.js';
import { caches } from './cache/caches.js';
import { type ConformanceTest, type StoreUnderTest, tests } from './case.js';
import { diagnostics } from './diagnostics.js';
import { exchange } from './exchange.js';
import { lifecycle } from './lifecycle.js';
import { limitTurns } from './limits/limit-turns.js';
import { limits } from './limits/limits.js';
import { leaders } from './locks/leaders.js';
import { locks } from './locks/locks.js';
import { readWriteLocks } from './locks/read-write-locks.js';
import { semaphores } from './locks/semaphores.js';
import { sortedSets } from './sorted-sets.js';
import { atomic } from './values/atomic.js';
import { bounds } from './values/bounds.js';
import { expiry } from './values/expiry.js';
import { iteration } from './values/iteration.js';
import { keys } from './values/keys.js';
import { timesLeft } from './values/time-left.js';
import { transactions } from './values/transactions.js';
import { values } from './values/values.js';
import { watching } from './watching.js';

export { type ProcedureCase, type ProcedureUnderTest, procedureConformance } from './procedures.js';
export type { ConformanceTest, StoreUnderTest };

/**
 * The tests, each on its own and in any order. They check with `node:assert`, so that any runner will do:
 *
 *     for (const { name, run } of storeConformance({ open })) it(name, run);
 */
export function storeConformance(subject: StoreUnderTest): ConformanceTest[] {
  return [
    ...tests(subject, 'values', values),
    ...tests(subject, 'keys', keys),
    ...tests(subject, 'expiry', expiry),
    ...tests(subject, 'time left', timesLeft),
    ...tests(subject, 'atomic', atomic),
    ...tests(subject, 'transactions', transactions),
    ...tests(subject, 'bounds', bounds),
    ...tests(subject, 'exchange', exchange),
    ...tests(subject, 'iteration', iteration),
    ...tests(subject, 'limits', limits),
    ...tests(subject, 'turns', limitTurns),
    ...tests(subject, 'sorted sets', sortedSets),
    ...tests(subject, 'locks', locks),
    ...tests(subject, 'semaphores', semaphores),
    ...tests(subject, 'read-write locks', readWriteLocks),
    ...tests(subject, 'leaders', leaders),
    ...tests(subject, 'caches', caches),
    ...tests(subject, 'cache loads', cacheLoads),
    ...tests(subject, 'diagnostics', diagnostics),
    ...tests(subject, 'watching', watching),
    ...tests(subject, 'lifecycle', lifecycle),
    ...tests(subject, 'arguments', givenArguments),
  ];
}
