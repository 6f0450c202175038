// Jobs that are added and run all the time, in one process, while Redis breaks.
import { setTimeout as delay } from 'node:timers/promises';
import { createQueue, type Queue } from '@muster/queue';
import { createSharedStore } from '@muster/store';
import { expect, onTestFinished, vi } from 'vitest';

const HOUR_MS = 3_600_000;
/** What Redis does late with a request of a connection that was cut is over after this. */
const LEASE_MS = 30_000;
export const PATIENCE = { timeout: 120_000, interval: 20 };

/** From when to when Redis may have lost what it had acknowledged, on the monotonic clock. */
export type Window = readonly [from: number, until: number];

/** Adds jobs all the time, each as often as it takes until it was acknowledged, and has two workers run them. */
export function under(url: string) {
  const store = createSharedStore({ url, deadlineMs: 2_000 });
  onTestFinished(() => store.close());
  const rules = { store, name: 'chaos', leaseMs: LEASE_MS, backoff: { delayMs: 10 }, keepDone: {} };
  const queue: Queue<number> = createQueue({ ...rules, attempts: 1_000 });
  const running = new Map<string, number>();
  /** When a job was begun that was begun again before it had ended. */
  const twice: number[] = [];
  const ran = new Set<string>();
  for (let n = 0; n < 2; n++) {
    queue.work(
      async ({ id }) => {
        const begun = running.get(id);
        if (begun !== undefined) twice.push(begun);
        running.set(id, performance.now());
        await delay(Math.random() * 5);
        running.delete(id);
        ran.add(id);
      },
      { concurrency: 5 },
    );
  }
  const acknowledged = new Map<string, number>();
  let isOver = false;
  let added = 0;
  const adding = Array.from({ length: 3 }, async () => {
    while (!isOver) {
      const id = String(added++);
      // It may have been added all the same: then its id is taken.
      while (!(await queue.add(1, { id, dedupeMs: HOUR_MS }).then(Boolean, () => false)))
        await delay(20);
      acknowledged.set(id, performance.now());
    }
  });
  return {
    queue,
    ran,
    /** @param windows none: then everything that was acknowledged is done, and nothing ran twice at once. */
    async end(windows: readonly Window[] = []) {
      isOver = true;
      await Promise.all(adding);
      await vi.waitFor(async () => {
        const { waiting, delayed, running: left, done } = await queue.counts();
        expect({ waiting, delayed, left }).toEqual({ waiting: 0, delayed: 0, left: 0 });
        if (windows.length === 0) expect(done).toBe(added);
      }, PATIENCE);
      await queue.close();
      const isOutside = (at: number): boolean =>
        !windows.some(([from, until]) => from <= at && at <= until);
      const lost = [...acknowledged].filter(([id]) => !ran.has(id));
      console.log(JSON.stringify({ added, lost: lost.length, twice: twice.length }));
      expect(twice.filter(isOutside)).toEqual([]);
      expect(lost.filter(([, at]) => isOutside(at))).toEqual([]);
    },
  };
}

/** Some more jobs were run. */
export async function goesOn(ran: ReadonlySet<string>): Promise<void> {
  const before = ran.size;
  await vi.waitFor(() => expect(ran.size).toBeGreaterThan(before + 20), PATIENCE);
}
