// What an outbox drops where room is short: older retained values and broadcasts, and of those the oldest first.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Router } from '../dist/router/router.js';
import { PacketQueue } from '../dist/wire/outbox/packet-queue.js';
import { VERSION } from '../dist/wire/protocol.js';

type Packet = Parameters<PacketQueue['push']>[0];

/** What one that is at the other end of a queue makes of it: the topics and numbers of what came whole, in order. */
function receiver() {
  const whole: string[] = [];
  const begun = new Map<string, string>();
  return {
    whole,
    begun,
    take(parts: readonly unknown[]) {
      for (let i = 0; i < parts.length; i += 5) {
        const [kind, name, , , body] = parts.slice(i, i + 5) as [
          string,
          string,
          never,
          never,
          string,
        ];
        if (kind === 'f') {
          const [id = '', , inner = ''] = name.split(':');
          expect(begun.has(id), 'begun twice').toBe(false);
          begun.set(id, `${inner} `);
        } else if (kind === 'c') begun.set(name, `${begun.get(name)}${body}`);
        else if (kind === 'z') {
          whole.push(begun.get(name) ?? 'never begun');
          begun.delete(name);
        } else if (kind === 'a') begun.delete(name);
        else for (const one of body.split(',')) whole.push(`${name} ${one}`);
      }
    },
  };
}

const operation = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ topic: fc.constantFrom('a', 'b', 'c'), long: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.constant('noise' as const) },
  { weight: 2, arbitrary: fc.constant('drop' as const) },
  { weight: 1, arbitrary: fc.constant('take' as const) },
);

/** A message of such a kind, in pieces of 100 characters where it is long. */
function packetsOf(kind: string, n: number, long: boolean): Packet[] {
  const common = { address: 's', count: 1 };
  if (!long) return [{ ...common, kind, name: 'x', body: `${n}` }];
  const piece = (kind: string, body: string) => ({ ...common, kind, name: `${n}`, body });
  return [
    { ...common, kind: 'f', name: `${n}:${kind}:x`, body: '' },
    piece('c', `${n}`),
    ...Array.from({ length: 3 }, () => piece('c', ' '.repeat(100))),
    piece('z', ''),
  ];
}

describe('an outbox for senders that would rather lose the oldest than wait', () => {
  const LIMIT = 2_000;
  const LONGEST = 900;
  const SHORT = { kind: 'd', long: false, takes: 0 };

  it('holds its limit and the message that was added last, tears nothing, and delivers the newest', () => {
    const one = fc.record({
      kind: fc.constantFrom('d', 'd', 'd', 'b'),
      long: fc.boolean(),
      takes: fc.nat({ max: 2 }),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 60 }), (messages) => {
        const { whole, begun, take } = receiver();
        const queue = new PacketQueue();
        let dropped = 0;
        const safe = new Set<number>();
        messages.forEach(({ kind, long, takes }, n) => {
          if (kind === 'b') safe.add(n);
          for (const packet of packetsOf(kind, n, long)) {
            if (!queue.push(packet, 64 + (packet.body as string).length)) continue;
            while (queue.isLossy(packet) && queue.bytes > LIMIT) {
              const count = queue.dropLossy(packet);
              if (count === 0) break;
              dropped += count;
            }
          }
          const isAlone = safe.size === 0;
          // What is under way, and what was added last.
          if (isAlone) expect(queue.bytes).toBeLessThan(LIMIT + 2 * LONGEST);
          for (let i = 0; i < takes; i++) take(queue.take()?.parts ?? []);
        });
        for (let frame = queue.take(); frame !== undefined; frame = queue.take()) take(frame.parts);
        expect([...begun]).toEqual([]);
        const numbers = whole.map((text) => Number(text.replace('x ', '')));
        expect(numbers).toHaveLength(messages.length - dropped);
        for (const n of safe) expect(numbers).toContain(n);
        if (messages.length > 0) expect(numbers).toContain(messages.length - 1);
      }),
      {
        numRuns: 500,
        examples: [[[...Array(3).fill({ kind: 'b', long: true, takes: 0 }), SHORT]]],
      },
    );
  });
});

it.each([
  [[true, false, true], '1,2'],
  [[false, true, true], '1,2'],
])('of long and short ones (%j) the oldest goes first', (longs, left) => {
  const queue = new PacketQueue();
  const { whole, take } = receiver();
  const packets = longs.flatMap((long, n) => packetsOf('d', n, long));
  for (const packet of packets) queue.push(packet, 10);
  queue.dropLossy(packets.at(-1) as Packet);
  for (let frame = queue.take(); frame !== undefined; frame = queue.take()) take(frame.parts);
  // The pieces of long ones go between the others.
  const numbers = whole.map((text) => Number(text.replace('x ', '')));
  expect(numbers.sort().join()).toBe(left);
});

describe('a queue of packets', () => {
  it('loses no newest value, keeps the order, tears nothing, and counts right', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
        const queue = new PacketQueue();
        const { whole, begun, take } = receiver();
        const sent: string[] = [];
        const newest = new Map<string, string>();
        let dropped = 0;
        const push = (kind: string, name: string, body: string, count: number) => {
          const packet: Packet = { kind, name, address: 's', count, body };
          queue.push(packet, 10 + body.length);
        };
        operations.forEach((one, n) => {
          if (one === 'noise') {
            sent.push(`noise ${n}`);
            push('b', 'noise', `${n}`, 1);
          } else if (one === 'drop') dropped += queue.dropOldest('s');
          else if (one === 'take') take(queue.take()?.parts ?? []);
          else {
            const name = `${one.topic} ${n}`;
            sent.push(name);
            newest.set(one.topic, name);
            if (!one.long) push('k', one.topic, `${n}`, 1);
            else {
              push('f', `${n}:k:${one.topic}`, '', 1);
              for (const body of [`${n}`, '']) push('c', `${n}`, body, 0);
              push('z', `${n}`, '', 0);
            }
          }
        });
        for (let next = queue.take(); next !== undefined; next = queue.take()) take(next.parts);
        expect(begun.size).toBe(0);
        for (const value of newest.values()) expect(whole).toContain(value);
        expect(whole.length + dropped).toBe(sent.length);
        expect(whole.filter((one) => !sent.includes(one))).toEqual([]);
        expect([queue.bytes, queue.messages, queue.isEmpty]).toEqual([0, 0, true]);
      }),
      { numRuns: 200 },
    );
  });

  it('holds no place for what was dropped', () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const queue = new PacketQueue();
    const push = (kind: string, topic: string) => {
      const packet = { kind, name: topic, address: 's', count: 1, body: '1' };
      queue.push(packet, 10);
      return packet;
    };
    push('q', 'call');
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 200_000; i++) {
      const packet = push('d', `topic.${i % 2}`);
      if (i > 10) queue.dropLossy(packet);
    }
    gc();
    // 56 bytes each before: 11 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(4_000_000);
    expect(queue.messages).toBe(12);
    expect(queue.take()?.parts).toHaveLength(12 * 5);
    expect(queue.isEmpty).toBe(true);
  });
});

const MIB = 1024 * 1024;

/** A router with a member that listens to all and reads nothing, and one that sends and waits for nothing. */
function stalled() {
  const router = new Router(MIB, Number.POSITIVE_INFINITY);
  const expelled: string[] = [];
  const join = (slot: number) => {
    const transport = { send() {}, expel: (why: string) => void expelled.push(why) };
    const { receiver } = router.join(
      { machine: 'here', slot, generation: 1, role: 'worker' },
      transport,
    );
    const say = (...p: unknown[]) => receiver.frame({ cmd: 'NODE_MUSTER_BUS', v: VERSION, p });
    say('hello', '', null, 0, '', 'open', '', null, 0, '');
    return say;
  };
  join(1)('on', '**', null, 0, '');
  const held = () => router.peers.reduce((bytes, peer) => bytes + peer.bytes, 0);
  return { send: join(2), router, expelled, held };
}

describe('a sender that does not wait for a member that does not read', () => {
  const PIECE = 'x'.repeat(128 * 1024);
  const TEXT = `"${PIECE}"`;
  const long = (id: number, kind: string, topic: string) => [
    ...['f', `${id}:${kind}:${topic}`, null, 1, ''],
    ...Array.from({ length: 8 }, () => ['c', `${id}`, null, kind === 'b' ? 1 : 0, PIECE]).flat(),
    ...['z', `${id}`, null, kind === 'b' ? 1 : 0, ''],
  ];

  it.each([
    ['long broadcasts', 120, (i: number) => long(i, 'b', 'said'), 0],
    ['long values of one topic', 120, (i: number) => long(i, 'k', 'state'), 0],
    // As many newest values as that: 32 MiB.
    ['long values of many topics', 120, (i: number) => long(i, 'k', `state.${i}`), 32 * MIB],
    ['values of many topics', 600, (i: number) => ['k', `state.${i}`, null, 1, TEXT], 32 * MIB],
  ])('loses %s, and is not taken for hostile', (_, times, parts, newest) => {
    const { send, router, expelled, held } = stalled();
    let most = 0;
    for (let i = 1; i <= times; i++) {
      send(...parts(i));
      most = Math.max(most, held());
    }
    expect(expelled).toEqual([]);
    expect(router.peers[0]?.dropped).toBeGreaterThan(50);
    // A full outbox, a credit, and one message.
    expect(most).toBeLessThan(newest + 8 * MIB);
  });

  it.each(['b', 'd', 'k'])('makes the router hold nothing of what it drops itself: %s', (kind) => {
    const { send, router, expelled, held } = stalled();
    for (let id = 1; id <= 20_000; id++) {
      send('f', `${id}:${kind}:said`, null, 1, '', 'a', `${id}`, null, 1, '');
    }
    expect(expelled).toEqual([]);
    // The first frame is on its way to one that does not read, and what had left is taken back.
    expect(held()).toBeLessThan(MIB / 2);
    expect(router.peers[0]?.messages).toBeLessThan(1_000);
    expect(router.peers[0]?.dropped).toBe(0);
  });
});
