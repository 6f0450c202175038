// Frames that a worker might write past its bus: those that are right, with parts that are not. Given to a router with others
// around it, and to a client.
import type { Bus } from '@muster/bus';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { openBus } from '../../../packages/bus/dist/handle/create-bus.js';
import { routerHub } from '../../../packages/bus/dist/process/router-hub.js';
import { workerHub } from '../../../packages/bus/dist/process/worker-hub.js';
import type {
  Transport,
  TransportReceiver,
} from '../../../packages/bus/dist/transport/transport.js';
import { KINDS, PREAMBLE } from '../../../packages/bus/dist/wire/bytes/layout.js';
import { ByteParser } from '../../../packages/bus/dist/wire/bytes/parser.js';
import { bytesOfPackets } from '../../../packages/bus/dist/wire/bytes/writer.js';
import { frameOf } from '../../../packages/bus/dist/wire/frame.js';
import { VERSION } from '../../../packages/bus/dist/wire/protocol.js';
import { round } from '../../chaos/rounds.js';
import corpus from './corpus.json' with { type: 'json' };

const NUM_RUNS = round({ short: 60, full: 10_000 });
const MIB = 1024 * 1024;

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, -1, 0, 1, 1.5, 2 ** 31, 2 ** 53, 1e308, true, [], {}, [[]], [1, 2], ['primary', 1]],
    ...['', '0', 'b', 'f', '1:b:said', '0:5:said', 'primary:1', '1:1', '2:1', '9:9', '$muster.x'],
    ...['**', '*.**.*', '__proto__', 'constructor', '1:1:worker', 'x'.repeat(600), '\u0000'],
    ...['{"__proto__":{"polluted":true}}', '[[[[', '1,', ',1', '1,1', '["a"', '~{"json":1}'],
    ...[
      ['""', '[null]'],
      ['""', '[null]', 'text'],
      ['{"a":""}', '["__proto__"]', 'text'],
    ],
  ),
  fc.string(),
  fc.jsonValue(),
);

/** One of the corpus, some of its entries changed, left out or added. */
const parts = fc
  .record({
    base: fc.constantFrom(...(corpus as unknown[][])),
    changes: fc.array(fc.tuple(fc.nat({ max: 12 }), odd), { maxLength: 3 }),
    cut: fc.option(fc.nat({ max: 12 }), { freq: 5 }),
  })
  .map(({ base, changes, cut }) => {
    const changed = [...base];
    for (const [at, value] of changes) changed[at] = value;
    // JSON has no places that are empty.
    return Array.from(cut === null ? changed : changed.slice(0, cut), (one) => one ?? null);
  });

const frames = fc.array(
  fc.record({
    cmd: fc.constant('NODE_MUSTER_BUS'),
    v: fc.oneof({ weight: 30, arbitrary: fc.constant(VERSION) }, { weight: 1, arbitrary: odd }),
    p: fc.oneof(
      { weight: 30, arbitrary: fc.array(parts, { maxLength: 4 }).map((all) => all.flat()) },
      { weight: 1, arbitrary: odd },
    ),
  }),
  { minLength: 1, maxLength: 40 },
);

/** As a channel copies it. */
const copied = (frame: unknown) => JSON.parse(JSON.stringify(frame)) as unknown;

function transportTo(receiver: () => TransportReceiver | undefined): Transport {
  return {
    send(frame, sent) {
      setImmediate(() => {
        receiver()?.frame(copied(frame));
        sent();
      });
    },
  };
}

/** A primary, an honest worker in slot 1, and the channel of another one. */
function world() {
  const hub = routerHub(() => {});
  const primary: Bus = openBus({ onError: () => {} }, false, hub);
  const member = { machine: 'here', slot: 1, generation: 1, role: 'worker' };
  let toWorker: TransportReceiver | undefined;
  const { receiver } = hub.router.join(
    member,
    transportTo(() => toWorker),
  );
  const workersHub = workerHub((own) => {
    toWorker = own;
    return transportTo(() => receiver);
  }, undefined);
  const worker: Bus = openBus({ onError: () => {} }, false, workersHub);
  const hostile = hub.router.join(
    { machine: 'here', slot: 2, generation: 1, role: 'worker' },
    { send() {}, expel() {} },
  );
  hostile.receiver.frame({ cmd: 'NODE_MUSTER_BUS', v: VERSION, p: ['hello', '', null, 0, ''] });
  const bytes = () =>
    hub.router.peers.reduce((sum, peer) => sum + peer.bytes + peer.relayedChars, 0);
  return {
    primary,
    worker,
    hostile: hostile.receiver,
    toWorker: toWorker as unknown as TransportReceiver,
    bytes,
  };
}

async function isSound({ primary, worker, bytes }: ReturnType<typeof world>): Promise<void> {
  const said: [unknown, unknown][] = [];
  primary.on('sound.a', (n, { from }) => said.push([n, from.slot]));
  worker.on('sound.b', (n, { from }) => said.push([n, from.slot]));
  await worker.whenSubscribed();
  for (let n = 0; n < 3; n++) {
    worker.broadcast('sound.a', n);
    primary.broadcast('sound.b', n);
  }
  await vi.waitFor(() => expect(said).toHaveLength(6), 20_000);
  expect(said.filter(([, slot]) => slot === 1).map(([n]) => n)).toEqual([0, 1, 2]);
  expect(said.filter(([, slot]) => slot === 'primary').map(([n]) => n)).toEqual([0, 1, 2]);
  expect(await primary.request(1, 'sound', 7)).toBe(7);
  expect(bytes()).toBeLessThan(MIB);
  expect('polluted' in {}).toBe(false);
}

describe('whatever a worker writes', () => {
  it(
    'harms neither the router nor another member, and speaks in no name but its own',
    async () => {
      await fc.assert(
        fc.asyncProperty(frames, async (all) => {
          const one = world();
          const senders = new Set<unknown>();
          for (const bus of [one.primary, one.worker]) {
            bus.on('**', (_, { from }) => senders.add(from.slot));
            bus.handle('call', (value, { from }) => {
              senders.add(from.slot);
              return value;
            });
            bus.handle('sound', (value) => value);
          }
          await one.worker.whenSubscribed();
          for (const frame of all) one.hostile.frame(copied(frame));
          await one.worker.whenSubscribed();
          expect([...senders].filter((slot) => slot !== 2)).toEqual([]);
          await isSound(one);
        }),
        { numRuns: NUM_RUNS },
      );
    },
    round({ short: 120_000, full: 900_000 }),
  );
});

describe('whatever comes for a worker', () => {
  it(
    'is taken or counted, and never thrown',
    async () => {
      await fc.assert(
        fc.asyncProperty(frames, async (all) => {
          const hub = workerHub(() => ({ send() {} }), undefined);
          const bus: Bus = openBus({ onError: () => {} }, false, hub);
          bus.on('**', () => {});
          bus.handle('call', (value) => value);
          for (const frame of all) hub.client.receive(copied(frame));
          await new Promise((resolve) => setImmediate(resolve));
          // From one that has sent nothing so far.
          const heard: unknown[] = [];
          bus.on('last.word', (word) => heard.push(word));
          const p = ['b', 'last.word', '7:7:worker', 1, '"here"'];
          hub.client.receive({ cmd: 'NODE_MUSTER_BUS', v: VERSION, p });
          expect(heard).toEqual(['here']);
          expect('polluted' in {}).toBe(false);
        }),
        { numRuns: NUM_RUNS },
      );
    },
    round({ short: 120_000, full: 900_000 }),
  );
});

/** Packets of the corpus on the byte channel, some of its bytes changed, and cut somewhere. */
const streams = fc
  .record({
    packets: fc.array(fc.constantFrom(...(corpus as unknown[][])), { minLength: 1, maxLength: 8 }),
    changes: fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }),
    cuts: fc.array(fc.nat({ max: 300 }), { maxLength: 6 }),
  })
  .map(({ packets, changes, cuts }) => {
    const known = packets.filter(([kind]) => KINDS.includes(String(kind))).flat();
    const stream = Buffer.concat([PREAMBLE, ...bytesOfPackets(known)]);
    for (const [at, value] of changes) stream[at % stream.length] = value;
    const chunks: Buffer[] = [];
    let from = 0;
    for (const length of cuts) {
      chunks.push(Buffer.from(stream.subarray(from, from + length)));
      from += length;
    }
    return [...chunks, Buffer.from(stream.subarray(from))];
  });

describe('whatever a worker writes to the byte channel', () => {
  it(
    'is refused or judged, and harms nobody',
    async () => {
      await fc.assert(
        fc.asyncProperty(streams, async (chunks) => {
          const one = world();
          for (const bus of [one.primary, one.worker]) bus.handle('sound', (value) => value);
          const parser = new ByteParser('bytes');
          for (const chunk of chunks) {
            const parts: unknown[] = [];
            const refusal = parser.read(chunk, parts);
            one.hostile.frame(frameOf(parts));
            if (refusal !== undefined) break;
          }
          await isSound(one);
        }),
        { numRuns: NUM_RUNS },
      );
    },
    round({ short: 120_000, full: 900_000 }),
  );
});
