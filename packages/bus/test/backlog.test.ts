// What is kept for a member, against a model: whole messages, the newest that have room, in order.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Backlog } from '../dist/router/backlog.js';

const LIMIT = 1_000;

interface Sent {
  readonly sender: string;
  readonly bytes: number;
  readonly pieces: number;
  readonly isCall: boolean;
}

const sent = fc.record<Sent>({
  sender: fc.constantFrom('0:1:worker', '1:1:worker'),
  bytes: fc.integer({ min: 1, max: 400 }),
  pieces: fc.constantFrom(0, 0, 1, 3),
  isCall: fc.boolean(),
});

test('whole messages or none, whatever their pieces pass', () => {
  fc.assert(
    fc.property(fc.array(sent, { maxLength: 40 }), fc.nat(), (messages, seed) => {
      const backlog = new Backlog(LIMIT);
      const lines = messages.map(({ sender, bytes, pieces, isCall }, i) => {
        const topic = isCall ? undefined : 'topic';
        const address = sender;
        const packet = (kind: string, name: string) => ({
          kind,
          name,
          address,
          count: kind === 'f' || kind === 'b' ? 1 : 0,
          body: '',
        });
        if (pieces === 0) return [() => backlog.add(topic, packet('b', `${i}`), bytes)];
        return [
          () => backlog.add(topic, packet('f', `${i}:b:x`), bytes),
          ...Array.from({ length: pieces }, (_, piece) => () => {
            const last = piece === pieces - 1;
            backlog.addPiece(packet(last ? 'z' : 'c', `${i}`), bytes);
          }),
        ];
      });
      // The beginnings in order, and pieces of several between each other.
      let at = seed;
      const open: (() => void)[][] = [];
      for (const [first, ...rest] of lines) {
        first?.();
        if (rest.length > 0) open.push(rest);
        at = (at * 31 + 7) % 1_009;
        const some = open[at % Math.max(1, open.length)];
        some?.shift()?.();
      }
      for (const rest of open) for (const piece of rest) piece();

      const taken = backlog.take(() => true);
      const numbers = taken.map(({ packets }) => Number.parseInt(packets[0]?.name ?? '', 10));
      expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
      for (const [place, { packets }] of taken.entries()) {
        expect(packets).toHaveLength(1 + (messages[numbers[place] ?? 0]?.pieces ?? 0));
      }
      for (const [i, { isCall }] of messages.entries()) if (isCall) expect(numbers).toContain(i);
      expect(taken.length + backlog.dropped).toBe(messages.length);
      expect([backlog.bytes, backlog.count]).toEqual([0, 0]);
    }),
  );
});

test('a piece whose beginning is not backlog goes elsewhere', () => {
  const backlog = new Backlog(10);
  const piece = (kind: string) => ({ kind, name: '7', address: 's', count: 1, body: '' });
  const first = { ...piece('f'), name: '7:b:topic' };
  expect(backlog.addPiece(piece('c'), 1)).toBe(false);
  backlog.add('topic', first, 1);
  expect(backlog.addPiece(piece('c'), 1)).toBe(true);
  backlog.take(() => true);
  expect(backlog.addPiece(piece('z'), 1)).toBe(false);
  backlog.add('topic', first, 11);
  expect([backlog.dropped, backlog.addPiece(piece('z'), 1)]).toEqual([1, false]);
});
