import { expect, test } from 'vitest';
import { runFixture } from './support/run-fixture.js';

const CHANNEL = 'the channel of the bus (file descriptor 4)';

test('a worker that does something else with its channel is ended, and harms nobody', async () => {
  const { report, code } = await runFixture('byte-channel.js');
  expect(report).toEqual({
    errors: [],
    said: ['before it left by 8', 'by an older one by 10', 'forged by 6'],
    became: {
      // The text, read as a length.
      garbage: `what it wrote to ${CHANNEL} has a packet of 542393671 bytes`,
      'four GB': `what it wrote to ${CHANNEL} has a packet of 4294967295 bytes`,
      'no kind': `what it wrote to ${CHANNEL} has a packet of no kind`,
      closed: `it closed ${CHANNEL}`,
      'killed in the middle': 'SIGKILL',
      forged: 0,
      'over IPC': 0,
      disconnects: 0,
      idle: 0,
      older: 0,
      newer: `what it wrote to ${CHANNEL} has version 9 of its layout, and this copy of @muster/bus reads 2`,
    },
    children: { nested: 'answered', inherited: 'no' },
  });
  expect(code).toBe(0);
});
