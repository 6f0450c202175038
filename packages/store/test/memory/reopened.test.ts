// An engine in memory that is opened again in the moment in which the last store of it is being closed.
import { inMemory } from '@muster/store/engine';
import { expect, it } from 'vitest';
import { memoryDriver } from '../../dist/memory/named-drivers.js';

const OPTIONS = { deadlineMs: 1_000 };

/** Turns of the microtask queue between the two, more than a close takes. */
const TURNS = Array.from({ length: 10 }, (_, turns) => turns);

async function pass(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await null;
}

it.each(TURNS)('after %i turns: all who open a memory: URL share one engine', async (turns) => {
  const url = `memory:reopened-${turns}`;
  const first = await memoryDriver(url).open(OPTIONS);
  const isClosed = first.close();
  await pass(turns);
  const driver = memoryDriver(url);
  const second = driver.open(OPTIONS);
  await isClosed;
  expect(memoryDriver(url)).toBe(driver);
  await (await second).close();
  // Nobody has it open, and so nothing is kept.
  expect(memoryDriver(url)).not.toBe(driver);
});

it.each(TURNS)('after %i turns: it is closed before it loads again', async (turns) => {
  const calls: string[] = [];
  const driver = inMemory({
    kind: 'kept',
    load() {
      calls.push('load');
      return [];
    },
    async close() {
      calls.push('close');
      await pass(20);
      calls.push('closed');
    },
  });
  const isClosed = (await driver.open(OPTIONS)).close();
  await pass(turns);
  await (await driver.open(OPTIONS)).close();
  await isClosed;
  expect(calls).toEqual(['load', 'close', 'closed', 'load', 'close', 'closed']);
});

it('a close that fails is an error of the store that closes, and not of the next one', async () => {
  const cause = new Error('the disk');
  const driver = inMemory({ kind: 'kept', close: () => Promise.reject(cause) });
  const isClosed = (await driver.open(OPTIONS)).close();
  const next = driver.open(OPTIONS);
  await expect(isClosed).rejects.toBe(cause);
  await expect((await next).close()).rejects.toBe(cause);
});
