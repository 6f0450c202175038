// What a worker may write past its bus, frame after frame, given to the router as it comes out of the channel. What it makes
// the router hold is bounded, and it is ended. The same with processes, as far as that is quick: hostile.js.
import type { Bus } from '@muster/bus';
import { describe, expect, it } from 'vitest';
import { openBus } from '../dist/handle/create-bus.js';
import { workerHub } from '../dist/process/worker-hub.js';
import { Router } from '../dist/router/router.js';
import { VERSION } from '../dist/wire/protocol.js';

const MIB = 1024 * 1024;
const LIMIT = MIB;
const PIECE = 'x'.repeat(128 * 1024);
const TEXT = 'x'.repeat(60 * 1024);

/** A router with a member that listens and does not read any longer, and one that attacks. */
function attacked() {
  const router = new Router(LIMIT, Infinity);
  let expelled = false;
  const join = (slot: number) => {
    const transport = {
      send() {},
      expel() {
        expelled = true;
      },
    };
    const member = { machine: 'here', slot, generation: 1, role: 'worker' };
    const { receiver } = router.join(member, transport);
    const say = (...p: unknown[]) => receiver.frame({ cmd: 'NODE_MUSTER_BUS', v: VERSION, p });
    say('hello', '', null, 0, '', 'open', '', null, 0, '');
    return say;
  };
  join(1)('on', 'said', null, 0, '');
  const attack = join(2);
  const held = () =>
    router.peers.reduce((bytes, peer) => bytes + peer.bytes + peer.relayedChars, 0);
  return { router, attack, held, isExpelled: () => expelled };
}

/** The parts of the frame number `i`. */
const ATTACKS: Record<string, (i: number) => unknown[]> = {
  'topics of 1 MB': (i) => ['b', `${i}${'x'.repeat(MIB)}`, null, 1, '1'],
  'topics of 1 MB to listen to': (i) => ['on', `${i}${'x'.repeat(MIB)}`, null, 0, ''],
  'topics of 1 MB to be retained': (i) => ['k', `${i}${'x'.repeat(MIB)}`, null, 1, '1'],
  'forged counts': () => ['b', 'said', null, 2 ** 50, '1'],
  'targets without end': () => ['b', 'said', new Array(10_000).fill(0), 1, '1'],
  'a target of 1 MB': () => ['b', 'said', 'x'.repeat(MIB), 1, '1'],
  'unfinished messages': (i) => ['f', `${i}:b:said`, null, 1, ''],
  'a message without end': (i) =>
    i === 0 ? ['f', '1:b:said', null, 1, ''] : ['c', '1', null, 1, PIECE],
  'many messages without end': (i) => [
    ...['f', `${i % 900}:b:said`, null, 1, ''],
    ...['c', `${i % 900}`, null, 1, PIECE],
  ],
  'pieces to be retained': (i) => [
    ...['f', `${i % 900}:k:kept.${i % 900}`, null, 1, ''],
    ...['c', `${i % 900}`, null, 1, PIECE],
  ],
  'replies to one that does not read': () => ['r', '', '1:1', 1, `1,"${TEXT}"`],
  'failures to one that does not read': () => ['e', '', '1:1', 1, `1,"${TEXT}"`],
  'cancels to one that does not read': () => ['x', '', '1:1', 1, '1,'.repeat(30_000)],
  'long replies to one that does not read': (i) => [
    ...['f', `${i}:r:`, '1:1', 1, ''],
    ...['c', `${i}`, '1:1', 0, PIECE, 'z', `${i}`, '1:1', 0, ''],
  ],
  'more subscriptions than there may be': (i) =>
    Array.from({ length: 1_000 }, (_, j) => ['on', `t.${i}.${j}`, null, 0, '']).flat(),
};

describe('a worker that goes on with', () => {
  it.each(Object.entries(ATTACKS))('%s is ended', (_, parts) => {
    const { attack, held, isExpelled } = attacked();
    let most = 0;
    let frames = 0;
    for (; !isExpelled() && frames < 3_000; frames++) {
      attack(...parts(frames));
      most = Math.max(most, held());
    }
    expect(isExpelled()).toBe(true);
    // The most of all is one message, and a credit with what a sender may have on its way.
    expect(most).toBeLessThan(2 * 65 * MIB + 10 * MIB);
    // Nothing more of it is heard.
    const bytes = held();
    attack('r', '', '1:1', 1, `1,"${TEXT}"`);
    expect(held()).toBe(bytes);
  });

  it('broadcasts to one that does not read loses them, and costs the others nothing', () => {
    const { attack, held, router, isExpelled } = attacked();
    for (let i = 0; i < 2_000; i++) attack('b', 'said', null, 1, `"${TEXT}"`);
    const [stalled] = router.peers;
    expect(stalled?.dropped).toBeGreaterThan(1_500);
    // A full outbox, and a credit (4 MiB at least).
    expect(held()).toBeLessThan(LIMIT + 6 * MIB);
    expect(isExpelled()).toBe(false);
  });

  it('asking and not reading is ended', () => {
    for (const kind of ['sync', 'mark']) {
      const router = new Router(LIMIT, Infinity);
      let expelled = false;
      const transport = {
        send() {},
        expel() {
          expelled = true;
        },
      };
      const { receiver, peer } = router.join(
        { machine: 'here', slot: 0, generation: 1, role: 'worker' },
        transport,
      );
      const say = (...p: unknown[]) => receiver.frame({ cmd: 'NODE_MUSTER_BUS', v: VERSION, p });
      say('hello', '', null, 0, '');
      const name = kind === 'sync' ? 'x'.repeat(512) : '';
      const many = Array.from({ length: 1_000 }, () => [kind, name, null, 0, '']).flat();
      for (let i = 0; !expelled && i < 1_000; i++) say(...many);
      expect({ kind, expelled }).toEqual({ kind, expelled: true });
      expect(peer.bytes).toBeLessThan(140 * MIB);
    }
  });
});

describe('what makes no sense', () => {
  const BEGUN = ['f', '1:b:said', null, 1, ''];

  it('is refused by the router: a message that begins twice', () => {
    const { router, attack } = attacked();
    attack(...BEGUN);
    expect(router.badFrames).toBe(0);
    attack(...BEGUN);
    expect(router.badFrames).toBe(1);
  });

  it('costs a member nothing of what others sent in the same frame', () => {
    const hub = workerHub(() => ({ send() {} }), undefined);
    const bus: Bus = openBus({}, false, hub);
    const heard: unknown[] = [];
    bus.on('said', (word) => heard.push(word));
    const of = (slot: number, kind: string, name: string, body: string) => [
      ...[kind, name, `${slot}:1:worker`, 1, body],
    ];
    const p = [
      ...of(2, 'f', '1:b:said', ''),
      ...of(2, 'f', '1:b:said', ''),
      ...of(2, 'nonsense', '', ''),
      ...of(1, 'b', 'said', '"of another"'),
    ];
    hub.client.receive({ cmd: 'NODE_MUSTER_BUS', v: VERSION, p });
    expect(heard).toEqual(['of another']);
    expect(bus.stats().badFrames).toBe(1);
  });
});
