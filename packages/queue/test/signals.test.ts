// One signal for all calls of a process, as that of a shutdown: each call leaves it as it was.
import { getEventListeners } from 'node:events';
import { createQueue } from '@muster/queue';
import { createSharedStore } from '@muster/store';
import { expect, test, vi } from 'vitest';

const CALLS = 12;

test('waits on one signal share a listener, and workers that are closed leave none', async () => {
  await using store = createSharedStore({ url: 'memory:' });
  await using queue = createQueue<string, string>({ store, name: 'signals' });
  const { signal } = new AbortController();
  const listeners = () => getEventListeners(signal, 'abort').length;
  const ids = (await queue.addMany(Array.from({ length: CALLS }, () => ({ data: 'job' })))).map(
    ({ id }) => id,
  );
  const waiting = Promise.all(ids.map((id) => queue.wait(id, { signal })));
  await vi.waitFor(() => expect(listeners()).toBe(1));
  for (let round = 0; round < CALLS; round++) {
    const worker = queue.work(async () => 'done', { signal });
    expect(listeners()).toBe(1);
    if (round === 0) await waiting;
    await worker.close();
    expect(listeners()).toBe(0);
  }
  await queue.drain({ signal });
  expect(listeners()).toBe(0);
});
