// What must not compile. The types are the test: `tsc -p tsconfig.test.json` reads this file.

import { type Bus, createBus, type Member, type PayloadOf } from '@muster/bus';
import { expectTypeOf, test } from 'vitest';

interface Events {
  visited: { visits: number };
  'orders.created': { id: string };
  'orders.eu.paid': { cents: bigint };
  stopped: undefined;
}

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
