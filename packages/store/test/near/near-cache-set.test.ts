// The near caches of one store, over a source in memory: how many there are, and what they count.
import { channel } from 'node:diagnostics_channel';
import { expect, it, onTestFinished } from 'vitest';
import type { NearCounters, NearSource } from '../../dist/near/contract.js';
import { NearCacheSet } from '../../dist/near/near-cache-set.js';

const LIMITS = { maxEntries: 10, maxStaleMs: 600_000 };

function create() {
  const watched = new Set<string>();
  const source: NearSource = {
    read: async (key) => ({ text: `text of ${key}`, ttlMs: Number.POSITIVE_INFINITY }),
    readThrough: async (key) => `text of ${key}`,
    watch: async (prefix) => {
      watched.add(prefix);
      return () => void watched.delete(prefix);
    },
    confirm: async () => true,
  };
  const set = new NearCacheSet(source);
  onTestFinished(() => set.close());
  const of = (name: string) => set.reads([`${name}:`], LIMITS);
  /** Reads until it is kept, as a view does. */
  const keep = async (name: string) => {
    const { hits } = set.counters;
    while (set.counters.hits === hits) await of(name).get(`${name}:key`);
  };
  return { set, watched, of, keep };
}

it('there are at most a hundred, whatever the number of names', async () => {
  const { set, watched, of, keep } = create();
  await keep('hot');
  const hot = of('hot');
  for (let n = 0; n < 2_000; n++) {
    const reads = of(`user-${n}`);
    await reads.get(`user-${n}:key`);
    // One that is read again and again stays.
    if (n % 50 === 0) expect(hot.get('hot:key')).toBe('text of hot:key');
    if (n === 0) expect(reads.isClosed).toBe(false);
  }
  expect(of('hot')).toBe(hot);
  await new Promise((resolve) => setImmediate(resolve));
  expect(watched.size).toBeLessThanOrEqual(100);
  expect(set.counters.entries).toBeLessThanOrEqual(100);
  // What was evicted still counts.
  expect(set.counters.misses).toBeGreaterThan(2_000);
});

it('one that was evicted keeps nothing, and makes room for a new one of the same name', async () => {
  const { of, keep } = create();
  await keep('first');
  const first = of('first');
  for (let n = 0; n < 200; n++) of(`other-${n}`);
  expect(first.isClosed).toBe(true);
  expect(await first.get('first:key')).toBe('text of first:key');
  expect(first.get('first:key')).toBeInstanceOf(Promise);
  await keep('first');
  expect(of('first')).not.toBe(first);
});

it('a write drops its key where a prefix matches, and nowhere else', async () => {
  const { set, of, keep } = create();
  for (const name of ['a', 'ab']) await keep(name);
  set.wrote('ab:key');
  expect(of('a').get('a:key')).toBe('text of a:key');
  expect(of('ab').get('ab:key')).toBeInstanceOf(Promise);
});

it('the process counts all of them, also those of closed stores', async () => {
  const counts = (): NearCounters => {
    let found: NearCounters | undefined;
    const question = { add: (counters: NearCounters) => (found = counters) };
    channel('muster:store:near').publish(question);
    return found as unknown as NearCounters;
  };
  const first = create();
  const { hits, entries } = counts();
  const second = create();
  await Promise.all([first.keep('one'), second.keep('one')]);
  expect(counts()).toMatchObject({ hits: hits + 2, entries: entries + 2 });
  second.set.close();
  second.set.close();
  expect(counts()).toMatchObject({ hits: hits + 2, entries: entries + 1 });
});
