import { expect, test } from 'vitest';
import { runFixture } from './support/run-fixture.js';

test('retained values reach late listeners and successors, once, before any newer one', async () => {
  const { report, stderr } = await runFixture('retained.js');
  expect(stderr).toBe('');
  const kept = (size: unknown[]) => [
    ['config.color', 'red', 'primary'],
    ...size,
    ['config.large', 1_000_000, 'primary'],
    ['config.mine', 'mine', 'primary'],
  ];
  expect(report).toEqual({
    // Slot 0 set the size without `self`: it does not hear that, now or later.
    first: {
      values: [
        kept([])[0],
        ['config.slot0', 'only for slot 0', 'primary'],
        ...kept([]).slice(1),
        ['config.size', '4 of first', 0],
      ],
      late: ['4 of first', '4 of first'],
    },
    second: {
      values: [...kept([['config.size', '4 of first', 0]]), ['config.size', '4 of second', 1]],
      late: ['4 of first', '4 of first', '4 of second', '4 of second'],
    },
    successor: {
      values: [...kept([['config.size', '4 of second', 1]]), ['config.size', '4 of successor', 1]],
      late: ['4 of second', '4 of second', '4 of successor', '4 of successor'],
    },
    own: [
      ['config.mine', 'mine'],
      ['config.size', 3],
      ['config.size', '4 of first'],
      ['config.size', '4 of second'],
      ['config.size', '4 of successor'],
    ],
  });
});

test('a first listener hears 60 MB of values, and a sender that does not wait loses no newest one', async () => {
  const { report, code } = await runFixture<Record<string, unknown>>('retained-much.js', {
    timeoutMs: 110_000,
  });
  const newest = { 'state.short': [12, 20_000], 'state.long': [12, 300_000] };
  expect(report).toEqual({
    retained: { topics: 1_000, bytes: expect.any(Number), dropped: 0 },
    first: Array.from({ length: 1_000 }, (_, i) => i),
    dropped: expect.toSatisfy((messages: number) => messages > 500),
    early: newest,
    late: newest,
  });
  expect(code).toBe(0);
});

test('joined and left come in order with what the members send', async () => {
  const { report } = await runFixture('members.js');
  expect(report).toEqual({
    primary: [
      'joined 0:1',
      'word of 0:1',
      'joined 1:1',
      'word of 1:1',
      'left 0:1',
      'joined 0:2',
      'word of 0:2',
    ],
    worker: ['left 0:1', 'joined 0:2', 'word of 0:2'],
    members: ['primary:1', '1:1', '0:2'],
    asWorkerSees: ['primary:1', '1:1', '0:2'],
  });
});

test('long messages arrive whole and in order, short ones of others pass them, longer ones are refused', async () => {
  const { report } = await runFixture('long.js');
  expect(report).toEqual({
    order: [
      [0, 'before'],
      [0, true],
      [0, 'between'],
      [0, true],
      [0, 'after'],
    ],
    loneBefore: true,
    refused: { broadcast: 'MUSTER_MESSAGE_TOO_LARGE', request: 'MUSTER_MESSAGE_TOO_LARGE' },
    echoed: true,
  });
});

test('who listens late hears what a dead worker said before the news of its death', async () => {
  const { report } = await runFixture('late-listener.js');
  expect(report).toEqual([
    'MUSTER_WORKER_GONE',
    'joined 1:1',
    'word of 1:1',
    'left 1:1',
    'joined 1:2',
    'word of 1:2',
  ]);
});
