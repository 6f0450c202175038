// Small messages that are added to the last packet of a queue leave as they would have left one by one.

import { toWireText } from '@muster/codec';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PacketQueue } from '../dist/wire/outbox/packet-queue.js';

const payload = fc.oneof(
  fc.record({ id: fc.integer(), name: fc.string({ unit: 'binary' }), ok: fc.boolean() }),
  fc.constantFrom<unknown>({ x: null }, {}, { x: -0 }, { x: [] }, 'a', 7, null, [1], { json: 1 }),
  fc.constantFrom<unknown>({ x: 'x'.repeat(400) }, { x: 'x'.repeat(600) }, { x: '\0'.repeat(400) }),
);

const step = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      topic: fc.constantFrom('a', 'a', 'a', 'b'),
      kind: fc.constantFrom('b', 'b', 'b', 'd'),
      payload,
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom('take' as const, 'drop' as const) },
);

it('gives what is pushed one by one, whatever is added, and counts as many messages', () => {
  let added = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 50, maxLength: 100 }), (steps) => {
      const queue = new PacketQueue();
      const plain = new PacketQueue();
      const taken: string[] = [];
      const expected: string[] = [];
      for (const one of steps) {
        if (one === 'take') {
          take(queue, taken);
          take(plain, expected);
        } else if (one === 'drop') expect(queue.dropOldest()).toBe(plain.dropOldest());
        else {
          const { kind, topic: name, payload } = one;
          const body = toWireText(payload);
          const bytes = Buffer.byteLength(body) + name.length + 64;
          const packet = { kind, name, address: null, count: 1, body };
          plain.push(packet, bytes);
          const isAdded = queue.extend(kind, name, null, payload);
          added += Number(isAdded);
          if (!isAdded) queue.push(packet, bytes);
        }
        expect(queue.messages).toBe(plain.messages);
        expect(queue.isEmpty).toBe(plain.isEmpty);
      }
      while (!queue.isEmpty) take(queue, taken);
      while (!plain.isEmpty) take(plain, expected);
      expect(taken).toEqual(expected);
      expect([queue.bytes, queue.messages]).toEqual([0, 0]);
    }),
    { numRuns: 200 },
  );
  expect(added).toBeGreaterThan(1_000);
});

it('sends what a payload was when it was added', () => {
  const queue = new PacketQueue();
  const packet = { kind: 'b', name: 'a', address: null, count: 1, body: '{"n":0}' };
  queue.push(packet, 100);
  const payload = { n: 1 };
  expect(queue.extend('b', 'a', null, payload)).toBe(true);
  payload.n = 2;
  expect(queue.extend('b', 'a', null, payload)).toBe(true);
  payload.n = 3;
  const taken: string[] = [];
  take(queue, taken);
  expect(taken).toEqual(['b a {"n":0}', 'b a {"n":1}', 'b a {"n":2}']);
});

/** Each message on its own: how many a packet has is no matter. */
function take(queue: PacketQueue, messages: string[]): void {
  const { parts = [] } = queue.take() ?? {};
  for (let i = 0; i < parts.length; i += 5) {
    const wires = JSON.parse(`[${parts[i + 4]}]`) as unknown[];
    expect(parts[i + 3]).toBe(wires.length);
    for (const wire of wires) messages.push(`${parts[i]} ${parts[i + 1]} ${JSON.stringify(wire)}`);
  }
}
