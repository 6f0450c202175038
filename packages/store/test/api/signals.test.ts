// One signal for all calls of a process, as that of a shutdown: Node warns of a leak from the eleventh listener on.
import { getEventListeners } from 'node:events';
import { createSharedStore, type SharedStore } from '@muster/store';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const CALLS = 12;

let store: SharedStore;
let controller: AbortController;

beforeEach(() => {
  store = createSharedStore({ url: 'memory:' });
  controller = new AbortController();
});
afterEach(() => store.close());

const listeners = () => getEventListeners(controller.signal, 'abort').length;
const many = <Result>(call: (index: number) => Promise<Result>) =>
  Promise.allSettled(Array.from({ length: CALLS }, (_, index) => call(index)));

test.each<[string, (signal: AbortSignal, index: number) => Promise<unknown>]>([
  ['lock', (signal) => store.lock('held', { signal, waitMs: Number.POSITIVE_INFINITY })],
  ['acquire', (signal) => limit().acquire('busy', { signal, waitMs: 3_600_000 })],
  ['a load', (signal, index) => cache().get(`${index}`, () => new Promise(() => {}), { signal })],
  ['a load of others', (signal) => cache().get('one', () => new Promise(() => {}), { signal })],
])('%s: calls that wait on one signal share a listener, and leave none', async (_, call) => {
  const held = await store.lock('held');
  await limit().take('busy');
  const { signal } = controller;
  const waiting = many((index) => call(signal, index));
  await vi.waitFor(() => expect(listeners()).toBe(1));
  controller.abort(new Error('over'));
  const results = await waiting;
  expect(results.map((one) => one.status === 'rejected' && String(one.reason))).toEqual(
    Array(CALLS).fill('Error: over'),
  );
  expect(listeners()).toBe(0);
  await held.release();
});

test('watches and elections of one signal share a listener, and leave none', async () => {
  const { signal } = controller;
  const leaders = Array.from({ length: CALLS }, (_, index) =>
    store.leader(`${index}`, (lead) => aborted(lead.signal), { signal }),
  );
  const unwatches = await Promise.all(
    leaders.map((_, index) => store.watch({ key: `${index}` }, () => {}, { signal })),
  );
  expect(listeners()).toBe(1);
  for (const unwatch of unwatches) unwatch();
  await Promise.all(leaders.map((leader) => leader.stop()));
  expect(listeners()).toBe(0);
});

const limit = () => store.rateLimit('limit', { limit: 1, periodMs: 60_000 });
const cache = () => store.cache('cache');
const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
