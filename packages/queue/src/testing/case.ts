// What a conformance test is: a name and a function, for any test runner.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { SharedStore } from '@muster/store';
import { nanoid } from 'nanoid';
import type { Queue, QueueOptions } from '../queue.js';
import { createQueue } from '../shared-queue.js';

export interface QueueUnderTest {
  /** A store on the engine under test. Each call gives another one on the same data. The suite closes what it opens. */
  open(): SharedStore | Promise<SharedStore>;
}

export interface ConformanceTest {
  readonly name: string;
  run(): Promise<void>;
}

type Rules = Omit<QueueOptions, 'store' | 'name'>;

interface Bench {
  readonly store: SharedStore;
  /** An empty queue. */
  queue<Data = unknown, Result = unknown>(rules?: Rules): Queue<Data, Result>;
  /** The same queue, as if it were made in another process. */
  another<Data = unknown, Result = unknown>(
    queue: Queue<Data, Result>,
    rules?: Rules,
  ): Promise<Queue<Data, Result>>;
  unique(): string;
  /** Another store on the same data. */
  open(): Promise<SharedStore>;
}

export type Case = (bench: Bench) => Promise<void>;

/** Turns `name: case` pairs into tests that open and close what they need. */
export function tests(
  subject: QueueUnderTest,
  group: string,
  cases: Readonly<Record<string, Case>>,
): ConformanceTest[] {
  return Object.entries(cases).map(([name, run]) => ({
    name: `${group}: ${name}`,
    run: () => runCase(subject, run),
  }));
}

async function runCase(subject: QueueUnderTest, run: Case): Promise<void> {
  const ends: (() => Promise<void>)[] = [];
  const open = async (): Promise<SharedStore> => {
    const store = await subject.open();
    ends.unshift(() => store.close());
    return store;
  };
  const made = <Data, Result>(store: SharedStore, name: string, rules: Rules = {}) => {
    const queue = createQueue<Data, Result>({ store, name, ...rules });
    ends.unshift(() => queue.close());
    return queue;
  };
  try {
    const store = await open();
    await run({
      store,
      open,
      unique: () => nanoid(),
      queue: (rules) => made(store, nanoid(), rules),
      another: async ({ name }, rules) => made(await open(), name, rules),
    });
  } finally {
    for (const end of ends) await end();
  }
}

/** Asserts that the call rejects with an error of this code. */
export async function refuses(call: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof Error);
    assert.equal('code' in error ? error.code : error, code);
    return true;
  });
}

/** Waits until `condition` holds; while it throws, it does not hold yet. */
export async function eventually(condition: () => unknown): Promise<void> {
  const end = performance.now() + 60_000;
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

/** A promise, and the functions that settle it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
