// What must not compile. The types are the test: `tsc -p tsconfig.test.json` reads this file.

import { type Bus, createBus, type Member, type PayloadOf } from '@muster/bus';
import { expectTypeOf, test } from 'vitest';

interface Events {
  visited: { visits: number };
  'orders.created': { id: string };
  'orders.eu.paid': { cents: bigint };
  stopped: undefined;
}

interface Calls {
  sum(input: { a: number; b: number }): number;
  later(input: string): Promise<{ text: string }>;
}

test('calls, their payloads and replies are checked', () => {
  const bus: Bus<Events, Calls> = createBus<Events, Calls>();
  const calls = async () => {
    bus.handle('sum', ({ a, b }, { from, signal }) => {
      expectTypeOf(from).toEqualTypeOf<Member>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      return a + b;
    });
    bus.handle('later', async (text) => ({ text }));
    expectTypeOf(await bus.request(1, 'sum', { a: 1, b: 2 })).toEqualTypeOf<number>();
    expectTypeOf(await bus.request('primary', 'later', 'x')).toEqualTypeOf<{ text: string }>();
    const { ok, failed } = await bus.gather([0, 'web'], 'later', 'x', { timeoutMs: 10 });
    expectTypeOf(ok[0]?.value).toEqualTypeOf<{ text: string } | undefined>();
    expectTypeOf(failed[0]?.error).toEqualTypeOf<unknown>();
    expectTypeOf(await bus.once('orders.*')).toEqualTypeOf<{ id: string }>();
    // @ts-expect-error no such call
    bus.handle('product', () => 1);
    // @ts-expect-error not that call's reply
    bus.handle('sum', () => '3');
    // @ts-expect-error not that call's payload
    bus.request(1, 'sum', { a: 1 });
    // @ts-expect-error one member is asked: use gather for several
    bus.request([0, 1], 'sum', { a: 1, b: 2 });
    // @ts-expect-error no such call
    bus.gather('web', 'product', null);
  };
  expectTypeOf(calls).toBeFunction();
});

test('topics and payloads are checked', () => {
  const bus: Bus<Events> = createBus<Events>();
  const calls = () => {
    bus.on('visited', ({ visits }, { from, topic }) => {
      expectTypeOf(visits).toEqualTypeOf<number>();
      expectTypeOf(from).toEqualTypeOf<Member>();
      expectTypeOf(topic).toEqualTypeOf<'visited'>();
    });
    bus.on('orders.*', (order, { topic }) => {
      expectTypeOf(order).toEqualTypeOf<{ id: string }>();
      expectTypeOf(topic).toEqualTypeOf<'orders.created'>();
    });
    bus.on('orders.**', (order) => {
      expectTypeOf(order).toEqualTypeOf<{ id: string } | { cents: bigint }>();
    });
    bus.broadcast('stopped', undefined, { to: ['web', 0], self: true });
    // @ts-expect-error no such topic
    bus.on('visit', () => {});
    // @ts-expect-error no topic fits this pattern
    bus.on('users.*', () => {});
    // @ts-expect-error no such topic
    bus.broadcast('visit', { visits: 1 });
    // @ts-expect-error not that topic's payload
    bus.broadcast('visited', { visits: '1' });
    // @ts-expect-error a pattern is not a topic
    bus.broadcast('orders.*', { id: '1' });
    // @ts-expect-error a target is a slot, a role, or several
    bus.broadcast('visited', { visits: 1 }, { to: { slot: 1 } });
  };
  expectTypeOf(calls).toBeFunction();
  expectTypeOf<PayloadOf<Events, '**.paid'>>().toEqualTypeOf<{ cents: bigint }>();
  expectTypeOf<PayloadOf<Events, '*'>>().toEqualTypeOf<{ visits: number } | undefined>();
  expectTypeOf<PayloadOf<Record<string, unknown>, '*'>>().toEqualTypeOf<unknown>();
});
