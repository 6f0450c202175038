// The conformance suite of adapters, as tests for any runner.
import type { AdapterUnderTest, Handle, ServedApp } from './adapter.js';
import { type ConformanceTest, runCase } from './case.js';
import { cases } from './cases.js';

export type { AdapterUnderTest, ConformanceTest, Handle, ServedApp };

/**
 * The tests of a session adapter, each on its own and in any order. They send real requests, keep sessions in the memory
 * of this process, and check with `node:assert`, so that any runner will do.
 *
 * @example
 * for (const { name, run } of sessionAdapterConformance({ serve })) test(name, run);
 */
export function sessionAdapterConformance(subject: AdapterUnderTest): ConformanceTest[] {
  return Object.entries(cases).map(([name, it]) => ({ name, run: () => runCase(subject, it) }));
}
