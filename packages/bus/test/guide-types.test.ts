// The types of docs/guide/bus.md, as they are printed there.

import { readFile } from 'node:fs/promises';
import { createBus } from '@muster/bus';
import { expect, expectTypeOf, test } from 'vitest';
import { examplesOf } from '../../../test/support/guide.js';

interface Events {
  'orders.created': { id: number };
}

interface Calls {
  sum(input: { a: number; b: number }): number;
}

const bus = createBus<Events, Calls>();

test('bus.md: topics, payloads, calls and replies are checked', async () => {
  const { typed } = await examplesOf('docs/guide/bus.md', 'ts', ['typed']);
  expect(await readFile(new URL(import.meta.url), 'utf8')).toContain(typed.trim());
  bus.on('orders.*', ({ id }) => expectTypeOf(id).toEqualTypeOf<number>());
  // @ts-expect-error no such topic
  expect(() => bus.broadcast('orders.made.', { id: 1 })).toThrow('Invalid topic');
  bus.handle('sum', ({ a, b }) => a + b);
  const sum = await bus.request('primary', 'sum', { a: 1, b: 2 });
  expectTypeOf(sum).toEqualTypeOf<number>();
  expect(sum).toBe(3);
});

test('a topic of levels that are not one’s own', () => {
  const topic = bus.topicOf('users', 'a.b*%', 7, '');
  expect(topic).toBe('users.a%2Eb%2A%25.7.%');
  expect(bus.topicOf('$muster', 'x')).toBe('%24muster.x');
  expectTypeOf(bus.topicOf('users', '#')).toEqualTypeOf<`users.${string}`>();
  expectTypeOf(bus.topicOf('users', 'ada' as string)).toEqualTypeOf<`users.${string}`>();
  // @ts-expect-error a level is a string or a number
  expect(() => bus.topicOf('users', null)).toThrow('a level of topicOf()');
  expect(() => bus.topicOf('x'.repeat(600))).toThrow('at most 512');
});
