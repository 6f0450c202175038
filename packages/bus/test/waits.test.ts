// What waits: for promises of any make, on signals of any number, and for times of any length.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { createBus } from '@muster/bus';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { Deadlines } from '../dist/deadlines.js';

afterEach(() => {
  vi.useRealTimers();
});

/** A promise of its own kind, as query builders have them. */
const thenable = (
  settle: (done: (value: unknown) => void, fail: (error: unknown) => void) => void,
) => ({
  // biome-ignore lint/suspicious/noThenProperty: that is what it is for.
  then: settle,
});

test('a thenable that is no promise is waited for, and its failure is heard of', async () => {
  const failed: unknown[] = [];
  await using bus = createBus({ onError: (error) => failed.push(error.cause) });
  bus.handle('later', () => thenable((done) => setImmediate(done, 'done')));
  bus.handle('fails', () => thenable((_, fail) => fail(new RangeError('not now'))));
  bus.on('said', () => thenable((_, fail) => fail('in a listener')));
  expect(await bus.request('primary', 'later', null)).toBe('done');
  await expect(bus.request('primary', 'fails', null)).rejects.toMatchObject({
    code: 'MUSTER_REMOTE_ERROR',
    message: 'not now',
  });
  bus.broadcast('said', null, { self: true });
  await vi.waitFor(() => expect(failed).toEqual(['in a listener']));
});

test('many waits on one signal have one listener on it, and all end with it', async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error) => warnings.push(warning);
  process.on('warning', warned);
  await using bus = createBus();
  bus.handle('never', () => new Promise(() => {}));
  const controller = new AbortController();
  const { signal } = controller;
  const waits = Array.from({ length: 12 }, () => [
    bus.request('primary', 'never', null, { signal, timeoutMs: Number.POSITIVE_INFINITY }),
    bus.once('nothing', { signal }),
    bus.once('nothing either').catch((error) => error.code),
  ]).flat();
  const all = Promise.allSettled(waits);
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort('enough');
  await bus.close();
  const outcomes = await all;
  const reasons = outcomes.map((one) => (one.status === 'rejected' ? one.reason : one.value));
  expect(reasons.slice(0, 3)).toEqual(['enough', 'enough', 'MUSTER_BUS_CLOSED']);
  expect(new Set(reasons).size).toBe(2);
  process.off('warning', warned);
  expect(warnings).toEqual([]);
});

test('waits end at their time, in whatever order they began and were given up', async () => {
  const waits = fc.array(
    fc.record({ ms: fc.integer({ min: 1, max: 100 }), isGivenUp: fc.boolean() }),
  );
  await Promise.all(
    fc.sample(waits, 50).map(async (list) => {
      const early: number[] = [];
      const ended: number[] = [];
      const deadlines = new Deadlines<(typeof items)[number]>((item) => {
        if (performance.now() < item.endsAt) early.push(item.ms);
        ended.push(item.ms);
      }, true);
      const start = performance.now();
      const items = list.map((one) => ({ ...one, endsAt: start + one.ms, place: -1 }));
      for (const item of items) deadlines.add(item);
      for (const item of items) if (item.isGivenUp) deadlines.delete(item);
      const expected = items.filter((item) => !item.isGivenUp).map(({ ms }) => ms);
      await vi.waitFor(() => expect(ended.length).toBeGreaterThanOrEqual(expected.length), 20_000);
      expect(ended).toEqual(expected.sort((one, other) => one - other));
      expect(early).toEqual([]);
    }),
  );
});

test('a time of its own for each request leaves nothing behind', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  await using bus = createBus();
  bus.handle('echo', (value) => value);
  const ask = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await bus.request('primary', 'echo', i, { timeoutMs: 100_000 + Math.random() });
    }
    gc();
    return process.memoryUsage().heapUsed;
  };
  const before = await ask(1_000);
  // 495 bytes each before: 9.9 MB.
  expect((await ask(20_000)) - before).toBeLessThan(2_000_000);
});

test('a worker thread is told that it is no member', async () => {
  const { href } = new URL('../dist/index.js', import.meta.url);
  const thread = new Worker(
    `import(${JSON.stringify(href)}).then(({ createBus }) => {
      try { createBus() } catch (error) { require('node:worker_threads').parentPort.postMessage(error.code) }
    })`,
    { eval: true },
  );
  const code = await new Promise((resolve) => thread.once('message', resolve));
  expect(code).toBe('MUSTER_BUS_IN_THREAD');
  await thread.terminate();
});

test('after close() no listener is called, also not for what has arrived, and what waits is refused at once', async () => {
  const bus = createBus();
  const other = createBus();
  let heard = 0;
  let heardByOther = 0;
  bus.on('said', () => {
    heard++;
    if (heard === 5) bus.close();
  });
  other.on('said', () => heardByOther++);
  other.handle('never', () => new Promise(() => {}));
  const timeoutMs = Number.POSITIVE_INFINITY;
  const waits = [
    bus.request('primary', 'never', null, { timeoutMs }),
    bus.gather('primary', 'never', null, { timeoutMs }),
    bus.once('nothing'),
  ].map((wait) => Promise.resolve(wait).catch((error) => error));
  const theirs = other.request('primary', 'never', null, { timeoutMs }).catch((error) => error);
  for (let i = 0; i < 10; i++) other.broadcast('said', i, { self: true });
  const [asked, gathered, once] = await Promise.all(waits);
  const closed = expect.objectContaining({ code: 'MUSTER_BUS_CLOSED' });
  expect({ asked, once }).toEqual({ asked: closed, once: closed });
  expect(gathered).toMatchObject({ ok: [], failed: [{ error: closed }] });
  await vi.waitFor(() => expect(heardByOther).toBe(10));
  expect(heard).toBe(5);
  // Another bus of this process goes on.
  expect(await Promise.race([theirs, 'still waits'])).toBe('still waits');
  await other.close();
  expect(await theirs).toMatchObject({ code: 'MUSTER_BUS_CLOSED' });
});
