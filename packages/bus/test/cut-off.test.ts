// Who waits for a member while the primary goes: it alone could say that there is room.
import type { AnyCalls, AnyEvents } from '@muster/bus';
import { expect, test } from 'vitest';
import { Client } from '../dist/client/client.js';
import { openBus } from '../dist/handle/create-bus.js';
import { stampOf, workerMember } from '../dist/members/member.js';
import { workerHub } from '../dist/process/worker-hub.js';

const sending = {
  self: false,
  retain: false,
  ttlMs: Number.POSITIVE_INFINITY,
  policy: 'block',
  maxBytes: 1_000,
  encode: 'exact',
} as const;

const uplink = {
  limit: 1_000,
  bytes: 0,
  isBusy: false,
  push() {},
  extend: () => false,
  accepts: () => true,
  onRoom() {},
  onCalm() {},
  returned() {},
  lookUp() {},
  hello() {},
  welcomed() {},
  flushed: () => Promise.resolve(),
};

test.each(['stop', 'busy'])('a broadcast that waits (%s) does so no longer', async (kind) => {
  const [self, other] = [0, 1].map((slot) => workerMember({ slot, generation: 1 }));
  if (!self || !other) throw new Error('two members');
  const client = new Client(uplink, self);
  const said = { name: '', count: 1_000, body: '' };
  client.take({ ...said, kind: 'm', name: 'joined', address: stampOf(other) });
  client.take({ ...said, kind: 'welcome', address: stampOf(self), body: '1000' });
  client.take({ ...said, kind, address: stampOf(other) });
  let isOver = false;
  const sent = client.broadcast('x', 1, null, sending).then(() => {
    isOver = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(false);
  client.cutOff();
  await sent;
  await client.broadcast('x', 2, null, sending);
});

test('what waits for a primary which has no bus is refused when its own bus is closed', async () => {
  const bus = openBus<AnyEvents, AnyCalls>(
    {},
    false,
    workerHub(() => ({ send() {} }), undefined),
  );
  const options = { timeoutMs: Number.POSITIVE_INFINITY };
  const asked = bus.request('primary', 'x', 1, options).catch((error) => error.code);
  const subscribed = bus.whenSubscribed().catch((error) => error.code);
  // Past the end of the turn, where it begins to wait.
  await new Promise((resolve) => setTimeout(resolve, 0));
  // It waits for what was sent before, which never leaves.
  void bus.close();
  expect([await asked, await subscribed]).toEqual(['MUSTER_BUS_CLOSED', 'MUSTER_BUS_CLOSED']);
});
