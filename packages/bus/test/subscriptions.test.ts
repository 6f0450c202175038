// How much one process may listen to, and what becomes of what it may not.

import { startLoopback } from '@muster/bus/testing';
import { expect, test, vi } from 'vitest';

const MOST = 100_000;

test('one topic too many is refused by name; the others are heard, and one that ends makes room', async () => {
  const { primary, workers } = startLoopback(1);
  const worker = workers[0] as (typeof workers)[0];
  const heard: unknown[] = [];
  const hear = (said: unknown) => heard.push(said);
  const ends = Array.from({ length: MOST }, (_, i) => worker.on(`topic.${i}`, hear));
  const more = () => worker.on('more.*', hear);
  expect(more).toThrow(
    expect.objectContaining({
      code: 'MUSTER_TOO_MANY_SUBSCRIPTIONS',
      message: expect.stringContaining("100000 topics already, and cannot to 'more.*'"),
    }),
  );
  // A second listener of a topic costs no further one.
  worker.on('topic.0', hear);
  await worker.whenSubscribed();
  primary.broadcast('topic.0', 'first');
  primary.broadcast(`topic.${MOST - 1}`, 'last');
  await vi.waitFor(() => expect(heard).toEqual(['first', 'first', 'last']));
  ends[1]?.();
  more();
  await worker.whenSubscribed();
  primary.broadcast('topic.1', 'ended');
  primary.broadcast('more.1', 'more');
  await vi.waitFor(() => expect(heard.at(-1)).toBe('more'));
  expect(heard).toHaveLength(4);
});
