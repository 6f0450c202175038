// In which order entries are written.
import { expect, test } from 'vitest';
import { type Item, Outgoing } from '../dist/bridge/outgoing.js';

const item = (content: Item['content']): Item => ({ content, batch: undefined, sent() {} });

test('what is urgent comes first, but an epoch begins with its hello', () => {
  const outgoing = new Outgoing();
  outgoing.push(item({ kind: 'heartbeat' }));
  outgoing.pushFirst([
    item({ kind: 'hello', name: 'a', committed: undefined, lost: false, known: [], sinceMs: 0 }),
  ]);
  outgoing.pushFirst([item({ kind: 'sync', to: 'b', valuesOnly: false })]);
  const kinds = [0, 1, 2].map(() => outgoing.take()?.[0]?.content.kind);
  expect(kinds).toEqual(['hello', 'sync', 'heartbeat']);
});
