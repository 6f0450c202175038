// What the bus makes of transports that an app has made, and of those that break the rules.

import { createBus } from '@muster/bus';
import { createRouter, type OpenTransport, processRouter } from '@muster/bus/transport';
import { expect, it, vi } from 'vitest';
import { openOwnTransport } from '../dist/transport/own-transport.js';
import type { TransportReceiver } from '../dist/transport/transport.js';
import { frameOf } from '../dist/wire/frame.js';
import { Utf8Text } from '../dist/wire/text.js';

const never = (value: unknown) => value as never;
/** Gives each frame to the other side in the next turn. */
const inTurn =
  (give: (frame: unknown) => void): ReturnType<OpenTransport>['send'] =>
  (frame, sent) => {
    setImmediate(() => {
      give(frame);
      sent();
    });
  };
const silent: OpenTransport = () => ({ send: (_, sent) => void setImmediate(sent) });

it.each<[string, () => unknown, string]>([
  ['what is no function', () => createBus({ transport: never({ send() {} }) }), 'Give a function'],
  ['what opens nothing', () => createBus({ transport: never(() => {}) }), 'that returns { send }'],
  [
    'one for the bus of a router',
    () => createRouter().createBus(never({ transport: silent })),
    'leave it out',
  ],
  ['none', () => createRouter().connect({ slot: 0 }, never(undefined)), 'Give a function'],
])('refuses %s', (_, call, hint) => {
  expect(call).toThrow(expect.objectContaining({ code: 'MUSTER_INVALID_OPTION' }));
  expect(call).toThrow(hint);
});

it('refuses a member that cannot be, and a second one of the same slot and generation', () => {
  const router = createRouter();
  router.connect({ slot: 3 }, silent);
  router.connect({ slot: 3, generation: 2, role: 'thread' }, silent);
  const taken = { code: 'MUSTER_INVALID_MEMBER' };
  expect(() => router.connect({ slot: 3 }, silent)).toThrow(expect.objectContaining(taken));
  expect(() => router.connect({ slot: -1 }, silent)).toThrow(expect.objectContaining(taken));
});

it('the router of a process has the members of its bus, one that comes later included', async () => {
  await using bus = createBus();
  const gone = vi.fn();
  bus.onLeft(gone);
  let receiver: TransportReceiver | undefined;
  const other = createBus({
    transport: (toMember) => {
      processRouter().connect({ slot: 1_000, role: 'thread' }, (toRouter) => {
        receiver = toRouter;
        return { send: inTurn((frame) => toMember.frame(frame)) };
      });
      return { send: inTurn((frame) => receiver?.frame(frame)) };
    },
  });
  other.handle('who', () => other.self.role);
  expect(await bus.request('thread', 'who', null)).toBe('thread');
  receiver?.gone();
  await vi.waitFor(() => expect(gone).toHaveBeenCalledOnce());
  await expect(bus.request('thread', 'who', null)).rejects.toMatchObject({
    code: 'MUSTER_WORKER_GONE',
  });
});

it('a send that throws ends the connection, and nothing comes over it any more', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const received = { frame: vi.fn(), dying() {}, gone: vi.fn() };
  let own: TransportReceiver | undefined;
  const transport = openOwnTransport((receiver) => {
    own = receiver;
    return {
      send() {
        throw new Error('broken pipe');
      },
    };
  }, received);
  for (let i = 0; i < 2; i++) await new Promise<void>((sent) => transport.send(frameOf([]), sent));
  await vi.waitFor(() => expect(received.gone).toHaveBeenCalledOnce());
  expect(warnings.mock.calls).toEqual([[expect.stringContaining('broken pipe')]]);
  own?.frame(frameOf([]));
  own?.gone();
  expect(received.frame).not.toHaveBeenCalled();
  expect(received.gone).toHaveBeenCalledOnce();
  warnings.mockRestore();
});

it('gets frames in plain JSON, also of what came over a channel of bytes', () => {
  const send = vi.fn();
  const transport = openOwnTransport(() => ({ send }), { frame() {}, dying() {}, gone() {} });
  const text = new Utf8Text(Buffer.from('"é"'), false);
  transport.send(frameOf(['b', 'said', '0:1:worker', 1, text]), () => {});
  expect(send.mock.calls[0]?.[0].p).toEqual(['b', 'said', '0:1:worker', 1, '"é"']);
});

it('a receiver that is called before its transport is open is refused by name', () => {
  const early: OpenTransport = (receiver) => {
    receiver.frame({});
    return { send() {} };
  };
  expect(() => createBus({ transport: early })).toThrow('before it calls its receiver');
  expect(() => createRouter().connect({ slot: 1 }, early)).toThrow('before it calls its receiver');
});

it('a frame counts as sent once, and an expel() that throws ends the connection', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const received = { frame() {}, dying() {}, gone: vi.fn() };
  const transport = openOwnTransport(
    () => ({
      send(_, sent) {
        for (let i = 0; i < 3; i++) sent();
      },
      expel() {
        throw new Error('no such process');
      },
    }),
    received,
  );
  const sent = vi.fn();
  transport.send(frameOf([]), sent);
  expect(sent).toHaveBeenCalledOnce();
  transport.expel?.('it sent nonsense');
  await vi.waitFor(() => expect(received.gone).toHaveBeenCalledOnce());
  expect(warnings.mock.calls).toEqual([[expect.stringContaining('no such process')]]);
  warnings.mockRestore();
});
