// What watching costs, and what ends it.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openEnvironment } from '../../dist/embedded/lmdb/environment.js';
import { openEmbeddedEngine } from '../../dist/embedded/open.js';
import type { Engine } from '../../dist/engine.js';
import { ownFolder } from '../support/own-folder.js';

const PATIENCE = { timeout: 10_000 };
const OPTIONS = {
  keyPrefix: '',
  deadlineMs: 60_000,
  maxBytes: 1024 ** 3,
  durability: 'process',
  checksums: false,
} as const;
const never = new Int32Array(new SharedArrayBuffer(4));
const own = await ownFolder();
let engine: Engine;

beforeEach(async () => {
  engine = await openEmbeddedEngine(own.path, OPTIONS);
});
afterEach(() => engine.close());

function set(key: string): Promise<boolean> {
  return engine.set(key, '1', 'never', 'always');
}

/** Records and watchers that the store holds. */
async function sizeOfFeed(): Promise<number> {
  const { feed } = await openEnvironment(own.path, OPTIONS);
  return [...feed.getKeys({})].length;
}

it('writes nothing while nobody watches, nor for keys that nobody watches', async () => {
  await set('a:1');
  expect(await sizeOfFeed()).toBe(0);
  const told: (readonly string[] | 'reset')[] = [];
  const unwatch = await engine.watch('a:', (changes) => told.push(changes));
  await set('b:1');
  expect(await sizeOfFeed()).toBe(1);
  await set('a:2');
  await vi.waitFor(() => expect(told.flat()).toEqual(['a:2']), PATIENCE);
  expect(await sizeOfFeed()).toBe(2);
  unwatch();
  // A write of the same turn would share its transaction.
  await set('b:2');
  await set('a:3');
  expect(await sizeOfFeed()).toBe(1);
  expect(told.flat()).toEqual(['a:2']);
});

it('hears of what other processes do, and of what expires', async () => {
  const worker = await own.start();
  const told = new Set<string>();
  await engine.set('processes:b', '1', { forMs: 4_000 }, 'always');
  await engine.watch('processes:', (changes) => {
    for (const key of changes) told.add(key);
  });
  await worker.order('set', { key: 'a', value: 1 });
  await vi.waitFor(() => expect([...told]).toContain('processes:a'), PATIENCE);
  await vi.waitFor(() => expect([...told]).toContain('processes:b'), PATIENCE);
});

it('is told of a gap where it fell behind', async () => {
  const worker = await own.start();
  const told: (readonly string[] | 'reset')[] = [];
  await engine.watch('processes:', (changes) => told.push(changes));
  const { entries } = await openEnvironment(own.path, OPTIONS);
  const done = worker.order('increment', { key: 'n', times: 6_000 });
  // This process does not turn while the other one writes more than is kept.
  const until = Date.now() + 120_000;
  while (Number(entries.get('processes:n') ?? 0) < 6_000 && Date.now() < until) {
    entries.resetReadTxn();
    Atomics.wait(never, 0, 0, 5);
  }
  await done;
  await vi.waitFor(() => expect(told).toContain('reset'), PATIENCE);
  // And goes on from there.
  await set('processes:last');
  await vi.waitFor(() => expect(told.at(-1)).toContain('processes:last'), PATIENCE);
});

it('ends with the process that watched', async () => {
  const worker = await own.start();
  await worker.order('watch', { key: 'a' });
  await worker.order('set', { key: 'a', value: 1 });
  expect(await sizeOfFeed()).toBe(2);
  await worker.kill();
  await engine.processGone();
  await set('processes:a');
  expect(await sizeOfFeed()).toBe(1);
});
