// What crosses the bus is what was sent, long strings and what stands beside them, whole or in pieces.

import { type Bus, createBus } from '@muster/bus';
import { startLoopback } from '@muster/bus/testing';
import { expect, test } from 'vitest';

const long = (text: string, chars: number) => text.repeat(Math.ceil(chars / text.length));

const PAYLOADS: Record<string, unknown> = {
  'a string': long('x', 100_000),
  'a string with all that JSON escapes': long('"\\\n\u2028\u0000é🎉', 100_000),
  'half a surrogate pair': `${long('x', 20_000)}\ud83c`,
  'one in an object': { id: 1, text: long('a', 20_000), last: true },
  'several in an object': { a: long('a', 9_000), b: 'short', c: long('🎉', 50_000), d: null },
  'beside what JSON does not carry': { at: new Date(0), text: long('a', 20_000), big: 1n },
  'an object that looks like a rich form': { json: long('a', 20_000), meta: { v: 1 } },
  'in pieces': long('x', 1_000_000),
  'pieces of several': {
    a: long('a', 300_000),
    b: long('é', 300_000),
    c: '',
    d: long('c', 10_000),
  },
  'short of a whole number of pieces': { a: long('a', 128 * 1024), b: long('b', 128 * 1024) },
  'below the top': { rows: [{ text: long('a', 20_000) }], list: [long('b', 20_000)] },
  'after many properties': {
    ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, i])),
    text: long('a', 20_000),
  },
};

/** Through both directions, and as a retained value. */
async function thereAndBack(requester: Bus, payload: unknown): Promise<unknown[]> {
  const kept = requester.once('back');
  const echoed = requester.request(1, 'echo', payload);
  await requester.broadcast('kept', payload, { retain: true });
  return [await echoed, await kept];
}

test.each(Object.entries(PAYLOADS))('%s', async (_, payload) => {
  const {
    workers: [requester, other],
    primary,
  } = startLoopback(2);
  other?.handle('echo', (value) => value);
  other?.on('kept', (value) => void other.broadcast('back', value, { to: 0 }));
  const found = await thereAndBack(requester as Bus, payload);
  expect(found).toEqual([payload, payload]);
  // Kept by the primary, for who comes late.
  expect(await primary.once('kept')).toEqual(payload);
});

test('what cannot be carried is refused beside a long string, too', () => {
  const bus = createBus();
  class Own {
    text = long('x', 20_000);
  }
  for (const payload of [{ text: long('x', 20_000), f: () => {} }, new Own()]) {
    expect(() => bus.broadcast('said', payload)).toThrow(
      expect.objectContaining({ code: 'MUSTER_UNSUPPORTED_VALUE' }),
    );
  }
});

test("with encode: 'json' a bus sends what JSON writes of a value, in both directions, and no other bus does", async () => {
  await using json = createBus({ encode: 'json' });
  await using exact = createBus();
  const theirs = () => ({
    call() {},
    at: { toJSON: () => 'then' },
    list: [() => {}, undefined, Number.NaN],
    date: new Date(0),
    map: new Map([[1, 2]]),
    none: undefined,
  });
  const written = JSON.parse(JSON.stringify(theirs()));
  const heard: unknown[] = [];
  exact.on('said', (value) => heard.push(value));
  exact.handle('type', (value) => value.constructor.name);
  json.handle('theirs', theirs);
  await json.broadcast('said', theirs(), { self: true });
  expect(await exact.request('primary', 'theirs', null)).toEqual(written);
  expect(heard).toEqual([written]);
  expect(await json.request('primary', 'type', new Date(0))).toBe('String');
  expect(await exact.request('primary', 'type', new Date(0))).toBe('Date');
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  for (const value of [circular, 1n]) {
    expect(() => json.broadcast('said', value)).toThrow(
      expect.objectContaining({ code: 'MUSTER_UNSUPPORTED_VALUE' }),
    );
  }
});
