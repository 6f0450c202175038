// Whether a procedure of an app's own does the same on every engine: the same cases, for a store on each.
import assert from 'node:assert/strict';
import { nanoid } from 'nanoid';
import type { InputOf, RunProcedure } from '../procedures/define.js';
import type { SharedStore, StoreView } from '../store.js';
import type { ConformanceTest } from './case.js';

export interface ProcedureCase<Input, Output> {
  /** Values by key, before the call. Default: none. */
  readonly before?: Readonly<Record<string, unknown>>;
  /** The keys of the call. On a Redis Cluster, with one hash tag. */
  readonly keys: readonly string[];
  readonly input?: Input;
  /** What the call resolves with, compared by `assert.deepStrictEqual`. */
  readonly output: Output;
  /** All values by key after the call, compared in the same way. */
  readonly after: Readonly<Record<string, unknown>>;
}

export interface ProcedureUnderTest<Input, Output> {
  /** What `defineProcedure` gave. */
  readonly procedure: RunProcedure<Input, Output>;
  readonly cases: Readonly<Record<string, ProcedureCase<Input, Output>>>;
  /** A store on the engine under test. The suite closes it, and uses namespaces with random names. */
  open(): SharedStore | Promise<SharedStore>;
}

/**
 * A test for each case, and one that runs all of them at once, since calls of one turn go to Redis together. Call it once for
 * each engine that the procedure has to run on.
 */
export function procedureConformance<Input, Output>(
  subject: ProcedureUnderTest<Input, Output>,
): ConformanceTest[] {
  const { procedure, cases, open } = subject;
  const all = Object.entries(cases);
  const prepared = async (store: SharedStore, { before = {} }: ProcedureCase<Input, Output>) => {
    const view = store.namespace(nanoid());
    await view.setMany(Object.entries(before));
    return view;
  };
  const call = (view: StoreView, { keys, input }: ProcedureCase<Input, Output>) =>
    procedure(view, keys, ...([input] as InputOf<Input>));
  const check = async (view: StoreView, output: Output, expected: ProcedureCase<Input, Output>) => {
    assert.deepStrictEqual(output, expected.output);
    const entries: Record<string, unknown> = {};
    for await (const [key, value] of view.entries()) entries[key] = value;
    assert.deepStrictEqual(entries, { ...expected.after });
  };
  const inStore = (test: (store: SharedStore) => Promise<void>) => async () => {
    await using store = await open();
    await test(store);
  };
  const alone = all.map(([name, one]) => ({
    name,
    run: inStore(async (store) => {
      const view = await prepared(store, one);
      await check(view, await call(view, one), one);
    }),
  }));
  const together = inStore(async (store) => {
    const views = await Promise.all(all.map(([, one]) => prepared(store, one)));
    const calls = all.map(async ([, one], at) => call(views[at] as StoreView, one));
    const outputs = await Promise.all(calls);
    for (const [at, [, one]] of all.entries()) {
      await check(views[at] as StoreView, outputs[at] as Output, one);
    }
  });
  return [...alone, { name: 'all cases at once', run: together }];
}
