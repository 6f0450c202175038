// The conformance suite of extensions, as tests for any runner.
import { deepStrictEqual, ok } from 'node:assert/strict';
import type { ExtensionUnderTest } from './extension-under-test.js';
import { runInCluster } from './run-in-cluster.js';

export type { ExtensionUnderTest };

export interface ConformanceTest {
  readonly name: string;
  run(): Promise<void>;
}

/**
 * The tests of an extension, each on its own and in any order. They start real clusters in processes of their own, and check
 * with `node:assert`, so that any runner will do.
 *
 * @example
 * const module = new URL('./my-extension.js', import.meta.url);
 * for (const { name, run } of extensionConformance({ module })) test(name, run);
 */
export function extensionConformance(subject: ExtensionUnderTest): ConformanceTest[] {
  const check = async (clusters: number) => {
    const { failures, output, ended } = await runInCluster(subject, clusters);
    deepStrictEqual(failures, [], `it failed, and the process printed:\n${output}`);
    ok(
      ended,
      'the process did not end once its cluster had stopped: stopped() leaves something open',
    );
  };
  return [
    {
      name: 'lives through a crash, a reload and a scale, and keeps no process alive after the stop',
      run: () => check(1),
    },
    { name: 'can be made anew for a second cluster in the same process', run: () => check(2) },
  ];
}
