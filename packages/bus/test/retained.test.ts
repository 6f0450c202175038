// Retained values at the edges: many, large, and asked for without end. Over the loopback, which copies what it carries.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createBus } from '@muster/bus';
import { startLoopback } from '@muster/bus/testing';
import { expect, test, vi } from 'vitest';
import type { Members } from '../dist/router/members.js';
import type { Peer } from '../dist/router/peer.js';
import { Replays } from '../dist/router/replays.js';
import { RetainedValue, RetainedValues } from '../dist/router/retained-values.js';
import type { Packet } from '../dist/wire/frame.js';

const PATIENCE = { timeout: 60_000 };

test('the first listener hears every value, more than an outbox holds, in order', async () => {
  const { primary, workers } = startLoopback(1);
  const text = 'x'.repeat(50_000);
  for (let i = 0; i < 600; i++) primary.broadcast(`value.${i}`, `${i} ${text}`, { retain: true });
  const heard: number[] = [];
  workers[0]?.on('value.*', (value) => heard.push(Number.parseInt(value, 10)));
  await vi.waitFor(() => expect(heard).toHaveLength(600), PATIENCE);
  expect(heard).toEqual(heard.map((_, i) => i));
  expect(primary.stats()).toMatchObject({ dropped: 0, retained: { topics: 600, dropped: 0 } });
});

test('listeners of one topic each hear its value, and a message does not overtake a value', async () => {
  const { primary, workers } = startLoopback(1);
  const text = 'x'.repeat(50_000);
  for (let i = 0; i < 100; i++) primary.broadcast(`value.${i}`, text, { retain: true });
  const heard: string[] = [];
  workers[0]?.on('value.*', (value, { topic }) => heard.push(`${topic} ${value.length}`));
  await vi.waitFor(() => expect(heard).not.toEqual([]), { ...PATIENCE, interval: 1 });
  // Some of the values wait until the others are read.
  expect(heard.length).toBeLessThan(100);
  primary.broadcast('value.99', 'newer');
  await vi.waitFor(() => expect(heard).toHaveLength(101), PATIENCE);
  expect(heard.filter((one) => one.startsWith('value.99 '))).toEqual([
    'value.99 50000',
    'value.99 5',
  ]);
  const exact: string[] = [];
  for (let i = 0; i < 100; i++) workers[0]?.on(`value.${i}`, (_, { topic }) => exact.push(topic));
  await vi.waitFor(
    () => expect(exact.sort()).toEqual(Array.from({ length: 100 }, (_, i) => `value.${i}`).sort()),
    PATIENCE,
  );
});

test('all values have been delivered when the subscription is known, those of listeners in the same turn too', async () => {
  const { primary, workers } = startLoopback(1);
  const text = 'x'.repeat(200_000);
  for (let i = 0; i < 100; i++) primary.broadcast(`value.${i}`, text, { retain: true });
  const heard: string[] = [];
  workers[0]?.on('value.*', (_, { topic }) => heard.push(topic));
  const first = workers[0]?.whenSubscribed();
  workers[0]?.on('value.99', () => heard.push('once more'));
  await Promise.all([first, workers[0]?.whenSubscribed()]);
  expect(heard).toHaveLength(101);
  // However many wait for it.
  workers[0]?.on('value.*', () => {});
  await Promise.all(Array.from({ length: 20_000 }, () => workers[0]?.whenSubscribed()));
  // Where nothing is on its way, nothing is waited for.
  workers[0]?.on('nothing', () => {});
  await workers[0]?.whenSubscribed();
});

test('as many values as listeners: each hears its own, and others have their turns meanwhile', async () => {
  const { primary, workers } = startLoopback(1);
  const count = 5_000;
  for (let i = 0; i < count; i++) primary.broadcast(`value.${i}`, i, { retain: true });
  const turns = new Map<number, number>();
  let turn = 0;
  let ticks = true;
  const tick = () => {
    turn++;
    if (ticks) setImmediate(tick);
  };
  tick();
  const heard: number[] = [];
  for (let i = 0; i < count; i++) {
    workers[0]?.on(`value.${i}`, (value) => {
      heard.push(value);
      turns.set(turn, (turns.get(turn) ?? 0) + 1);
    });
  }
  await vi.waitFor(() => expect(heard).toHaveLength(count), PATIENCE);
  ticks = false;
  expect(heard.sort((one, other) => one - other)).toEqual(heard.map((_, i) => i));
  expect(turns.size).toBeGreaterThan(1);
});

test('a value whose time is over is not replayed, also where no timer has removed it yet', () => {
  const retained = new RetainedValues();
  const set = (topic: string, endsAt: number) => {
    const version = retained.nextVersion();
    const from = { stamp: 'primary:1:primary', target: null, self: false };
    retained.set(new RetainedValue({ topic, version, ...from, body: '', endsAt }));
  };
  set('brief', performance.now() - 1);
  set('kept', Number.POSITIVE_INFINITY);
  const sent: string[] = [];
  const outbox = { bytes: 0, limit: 1_000_000, push: ({ name }: Packet) => sent.push(name) };
  const peer = { stamp: '0:1:worker', isWaiting: false, outbox } as unknown as Peer;
  const members = { isAddressed: () => true } as unknown as Members;
  new Replays(members, retained).ask(peer, '*');
  expect(sent).toEqual(['kept']);
});

test('all that is kept counts, and what was set longest ago makes room', async () => {
  const { primary } = startLoopback(0);
  const retained = () => primary.stats().retained;
  for (let i = 0; i < 1_000; i++) primary.broadcast(`one.${i}`, 1, { retain: true });
  await vi.waitFor(() => expect(retained().topics).toBe(1_000), PATIENCE);
  // Not a byte a value: its topic and what holds it as well.
  expect(retained().bytes / 1_000).toBeGreaterThan(300);
  primary.deleteRetained('one.999');
  await vi.waitFor(() => expect(retained().topics).toBe(999), PATIENCE);
  const text = 'x'.repeat(4_000_000);
  for (let i = 0; i < 18; i++) primary.broadcast(`large.${i}`, text, { retain: true });
  await vi.waitFor(
    () => expect(retained()).toMatchObject({ topics: 16, dropped: 999 + 2 }),
    PATIENCE,
  );
  expect(retained().bytes).toBeLessThanOrEqual(64 * 1024 * 1024);
});

test.each(['that have ended', 'that were deleted'])(
  'values %s leave no memory behind',
  async (how) => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    await using bus = createBus();
    bus.on('other', () => {});
    const topics = () => bus.stats().retained.topics;
    const retain = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const topic = `${how}.${i}.${count}`.replaceAll(' ', '-');
        const ends = how === 'that have ended' ? { ttlMs: 20 } : {};
        await bus.broadcast(topic, 'x'.repeat(2_000), { retain: true, ...ends });
        if (how === 'that were deleted') bus.deleteRetained(topic);
      }
      await vi.waitFor(() => expect(topics()).toBe(0));
      gc();
      return process.memoryUsage().heapUsed;
    };
    const before = await retain(2_000);
    // 2,200 bytes each before, or 150 where they were deleted: 44 MB, or 3 MB.
    expect((await retain(20_000)) - before).toBeLessThan(1_500_000);
  },
);
