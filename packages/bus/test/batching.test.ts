// When a frame waits for the messages of the next turn.

import { expect, it } from 'vitest';
import { waitsForMore } from '../dist/wire/outbox/batching.js';

const busy = { turns: 1, ms: 0.1, bytes: 10_000, isUrgent: false, lastMessages: 100 };

it.each([
  ['many messages, and a small frame', {}, true],
  ['a few messages in the last frame', { lastMessages: 31 }, false],
  ['a frame that is large enough', { bytes: 32 * 1024 }, false],
  ['a request, a reply or a word of flow control', { isUrgent: true }, false],
  ['turns of the event loop that are long', { ms: 0.5 }, false],
  ['the fourth turn', { turns: 4 }, true],
  ['the fifth turn', { turns: 5 }, false],
])('%s', (_, difference, waits) => {
  expect(waitsForMore({ ...busy, ...difference })).toBe(waits);
});
