// What a conformance test is: a name and a function, for any test runner.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { nanoid } from 'nanoid';
import type { SharedStore, StoreView } from '../store.js';

export interface StoreUnderTest {
  /**
   * A store on the engine under test. Each call gives another one on the same data, as if it were made in another
   * process. The suite closes what it opens. Keys of other tests may be there, as long as they stay away from the
   * random names that the suite uses.
   */
  open(options?: {
    deadlineMs?: number;
    maxValueBytes?: number;
  }): SharedStore | Promise<SharedStore>;
}

export interface ConformanceTest {
  readonly name: string;
  run(): Promise<void>;
}

/** What a test works with: a store, and names that no other test uses. */
interface TestContext {
  readonly store: SharedStore;
  /** An empty namespace. */
  readonly view: StoreView;
  /** A text that no key or name in the store has yet. */
  unique(): string;
  /** Another store on the same data. */
  another(options?: { deadlineMs?: number; maxValueBytes?: number }): Promise<SharedStore>;
}

export type Case = (bench: TestContext) => Promise<void>;

/** Turns `name: case` pairs into tests that open and close what they need. */
export function tests(
  subject: StoreUnderTest,
  group: string,
  cases: Readonly<Record<string, Case>>,
): ConformanceTest[] {
  return Object.entries(cases).map(([name, run]) => ({
    name: `${group}: ${name}`,
    run: () => runCase(subject, run),
  }));
}

async function runCase(subject: StoreUnderTest, run: Case): Promise<void> {
  const opened: SharedStore[] = [];
  const another: TestContext['another'] = async (options) => {
    const store = await subject.open(options);
    opened.push(store);
    return store;
  };
  try {
    const store = await another();
    const unique = () => nanoid();
    await run({ store, view: store.namespace(unique()), unique, another });
  } finally {
    await Promise.all(opened.map((store) => store.close()));
  }
}

/** The call must reject with a `StoreError` of this code. */
export async function refuses(call: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof Error);
    assert.equal('code' in error ? error.code : error, code);
    return true;
  });
}

/** The elements, sorted by code unit: for what comes in no promised order. */
export async function sorted(keys: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const key of keys) found.push(key);
  return found.sort();
}

/** Waits until `condition` holds; what it throws meanwhile counts as not yet. */
export async function eventually(condition: () => unknown): Promise<void> {
  const end = performance.now() + 20_000;
  for (;;) {
    try {
      if (await condition()) return;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    assert.ok(performance.now() < end, `it never came true: ${condition}`);
    await delay(5);
  }
}
