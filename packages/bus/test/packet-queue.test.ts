// What may overtake what among packets on their way out: an answer to a sync comes after all that was added before it, and nothing
// stops the queue.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CHUNK, FIRST, LAST, SYNCED } from '../dist/wire/frame.js';
import { PacketQueue } from '../dist/wire/outbox/packet-queue.js';

/** Two senders with a long message at a time, a short one, an answer to a sync, and a look at what leaves. */
const step = fc.constantFrom('long 1', 'long 2', 'end 1', 'end 2', 'short', 'sync', 'take');

/** What each leaving packet is, by the number that it was given when it was added. */
function leaving(queue: PacketQueue): number[] {
  const parts = queue.take()?.parts ?? [];
  return parts.flatMap((body, at) => (at % 5 === 4 ? [Number(String(body).split(',')[0])] : []));
}

test('all that is added leaves, and an answer to a sync after what was added before it', () => {
  const run = (steps: string[]) => {
    const queue = new PacketQueue();
    const open = new Map<string, string>();
    const added: { kind: string; body: number }[] = [];
    const left: number[] = [];
    const add = (kind: string, name: string, address: string) => {
      const body = added.length;

      const packet = { kind, name, address, count: kind === FIRST ? 1 : 0, body: `${body}` };
      expect(queue.push(packet as never, 100)).toBe(true);
      added.push({ kind, body });
    };
    for (const [n, what] of steps.entries()) {
      const [verb, sender = ''] = what.split(' ');
      const id = open.get(sender);
      if (verb === 'take') left.push(...leaving(queue));
      if (verb === 'sync') add(SYNCED, `${n}`, 's');
      if (verb === 'short') add('e', `${n}`, 's');
      if (verb === 'long' && id !== undefined) add(CHUNK, id, sender);
      if (verb === 'long' && id === undefined) {
        open.set(sender, `${n}`);
        add(FIRST, `${n}:b:topic`, sender);
      }
      if (verb === 'end' && id !== undefined) {
        add(LAST, id, sender);
        open.delete(sender);
      }
    }
    for (let turn = 0; turn <= added.length; turn++) left.push(...leaving(queue));
    expect(queue.isEmpty).toBe(true);
    expect([...left].sort((a, b) => a - b)).toEqual(added.map(({ body }) => body));
    for (const { kind, body } of added) {
      if (kind !== SYNCED) continue;
      const earlier = left.slice(0, left.indexOf(body)).filter((other) => other < body);
      expect(earlier).toHaveLength(body);
    }
  };
  fc.assert(fc.property(fc.array(step, { maxLength: 14 }), run), {
    numRuns: 1_500,
    examples: [[['sync', 'long 1', 'end 1']], [['long 1', 'sync', 'long 1', 'end 1']]],
  });
});
