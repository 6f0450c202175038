// Who waits for a member while the primary goes: it alone could say that there is room.
import { expect, test } from 'vitest';
import { Client } from '../dist/client/client.js';
import { stampOf, workerMember } from '../dist/member.js';

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
