import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { oddThrows } from '../../../test/support/odd-throws.js';
import { nameOfHost } from '../dist/members/machine.js';
import { runFixture } from './support/run-fixture.js';

/** Nobody says what it is called. */
const machine = nameOfHost(hostname());

const numbers = Array.from({ length: 500 }, (_, i) => i);

test.each(['bus-first', 'bus-last'])(
  'what is sent before the first listener waits for it (%s)',
  async (order) => {
    const { report, code } = await runFixture<Record<string, [number | string, number][]>>(
      'early.js',
      {
        args: [order],
      },
    );
    expect(code).toBe(0);
    const from = (hearer: string, sender: number | string) =>
      (report[hearer] ?? []).filter(([slot]) => slot === sender).map(([, i]) => i);
    expect(from('0', 'primary')).toEqual(numbers);
    expect(from('1', 'primary')).toEqual(numbers);
    expect(from('0', 1)).toEqual(numbers);
    expect(from('1', 0)).toEqual(numbers);
    expect(from('primary', 0)).toEqual(numbers);
    expect(from('primary', 1)).toEqual(numbers);
  },
);

test("an app's own messages pass untouched, and it never sees the bus's", async () => {
  const own = [
    'text',
    7,
    true,
    { type: 'process:msg', data: { x: 1 } },
    { cmd: 'NODE' },
    [1, null],
  ];
  const { report, code } = await runFixture<{ foreign: unknown[]; heard: unknown[] }>(
    'foreign.js',
    { channel: 'ipc' },
  );
  expect(code).toBe(0);
  const inWorker = { foreign: own, heard: [0, 1, 2, 3, 4, 5] };
  const thrice = [...own, inWorker].flatMap((message) => [message, message, message]);
  const sorted = (list: unknown[]) => list.map((one) => JSON.stringify(one)).sort();
  expect(sorted(report.foreign)).toEqual(sorted(thrice));
  expect(report.heard).toEqual([0, 1, 2, 3, 4, 5]);
});

test.each([
  ['SIGKILL', 'bytes'],
  ['SIGKILL', 'ipc'],
  ['disconnect', 'bytes'],
  ['disconnect-itself', 'bytes'],
  ['disconnect-itself', 'ipc'],
  ['exit', 'bytes'],
  ['throw', 'bytes'],
] as const)('a worker that dies under traffic (%s, %s) harms nobody else', async (how, channel) => {
  const { report, code } = await runFixture('dying.js', { args: [how], channel });
  expect(report).toEqual({ errors: [], gaps: 0, alive: true, stable: true });
  expect(code).toBe(0);
});

test('beside plain node:cluster the primary numbers the workers: smallest free slot, next generation', async () => {
  const { report, code } = await runFixture('identity.js', { channel: 'ipc' });
  expect(report).toEqual({
    joined: ['0:1:worker', '1:1:worker', '2:1:worker', '0:2:worker', '1:2:worker', '3:1:worker'],
    primary: { machine, slot: 'primary', generation: 1, role: 'primary' },
  });
  expect(code).toBe(0);
});

test('who a worker is may be said before the primary has a bus, and no worker harms it until then', async () => {
  const { report, code } = await runFixture('assigned-early.js');
  expect(report).toEqual({
    ended: 'SIGKILL',
    said: [
      'said before there was a bus by 0:4:web',
      'said before there was a bus by 1:1:worker',
      'said before there was a bus by 7:1:jobs',
    ],
  });
  expect(code).toBe(0);
});

test('a slot with two generations is the newest that is up; control topics are nobody else’s', async () => {
  const { report } = await runFixture('overlap.js');
  expect(report).toEqual({
    heard: ['first by 1', 'everyone by 1', 'everyone by 2', 'second by 2'],
  });
});

test('wrong frames and a worker that pretends to be another harm nobody', async () => {
  const { report, code } = await runFixture('hostile.js', { channel: 'ipc' });
  expect(report).toEqual({
    errors: [],
    said: [
      ['to the primary', 0],
      ['after', 1],
    ],
    polluted: false,
    badFrames: true,
  });
  expect(code).toBe(0);
});

test('a worker whose bus writes other frames is refused by name, and hears of a primary that writes them later', async () => {
  const { report, stderr, code } = await runFixture('versions.js');
  const refused = Array.from({ length: 6 }, () => 'MUSTER_BUS_VERSION');
  expect(report).toEqual({ refused, badFrames: true, later: ['early', 'late'] });
  expect(stderr).toMatch(
    /MUSTER_BUS_VERSION.*this worker writes frames of version 99, .*primary frames of version \d/,
  );
  expect(code).toBe(0);
});

test('a lone process has the same API, and may end while its bus is open', async () => {
  const { report, code } = await runFixture('lone.js');
  expect(report).toEqual({
    heard: [
      ['early', 1, 'primary'],
      ['order.created', 2],
      ['early', { changed: false }, 'primary'],
      ['order.created', 'after close of the other'],
    ],
    sync: 1,
    code: 'MUSTER_BUS_CLOSED',
    self: { machine, slot: 'primary', generation: 1, role: 'primary' },
  });
  expect(code).toBe(0);
});

test.each([
  ['flush', 'bytes', true],
  ['flush', 'ipc', true],
  ['close', 'bytes', true],
  ['nothing', 'bytes', false],
] as const)(
  'process.exit() after %s (%s): what was sent before arrives, in order, or is lost without a word',
  async (how, channel, all) => {
    const { report, stderr, code } = await runFixture('last-words.js', { args: [how], channel });
    expect(report).toEqual({ all, ordered: true, dropped: 0, badFrames: 0, members: 1 });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  },
);

test.each([
  ['flush', 'bytes'],
  ['flush', 'ipc'],
  ['close', 'bytes'],
  ['await', 'bytes'],
] as const)(
  'what a worker said in pieces before it left (%s, %s) is heard whole by another worker, and before that it left',
  async (how, channel) => {
    const { report, stderr, code } = await runFixture('leaves-long.js', { args: [how], channel });
    expect(report).toEqual([[...Array(6).fill('long'), 'one', 'two', 'left'], true]);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  },
);

test('listeners and handlers of the primary may throw whatever there is: it lives, and answers', async () => {
  const { report, stderr, code } = await runFixture<{ failures: number; answers: string[] }>(
    'odd-throws.js',
  );
  const count = Object.keys(oddThrows).length;
  // Each in a listener that throws and in one that rejects, one that throws what a client sent, and one of members.
  expect(report.failures).toBe(2 * count + 2);
  expect(report.answers).toHaveLength(3 * count);
  for (const answer of report.answers) expect(answer).toMatch(/^(answered|refused)$/);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
});

test('an answer counts only from the generation that was asked, and gather asks who is there when it is sent', async () => {
  const { report, code } = await runFixture('generations.js', { channel: 'ipc' });
  expect(report).toEqual({
    before: false,
    answers: ['question, answered by 1', ['all of the role, answered by 1']],
    never: 'MUSTER_WORKER_GONE',
    asked: 0,
    heard: ['forged by 0:2'],
  });
  expect(code).toBe(0);
});

test('a worker that is killed in the middle of a message leaves nothing half behind', async () => {
  const { report, code } = await runFixture('torn.js');
  expect(report).toEqual({
    heard: ['witness 0:1', ...[1, 2, 3, 4, 5].map((generation) => `begins 1:${generation}`)],
    torn: 0,
    witness: { torn: 0, fewerThanSent: true },
    bytes: 0,
  });
  expect(code).toBe(0);
});

test('control messages and calls do not wait for the app, and do not open its bus', async () => {
  const { report } = await runFixture('control.js');
  expect(report).toEqual({ answer: 'answered', heard: 'kept', news: ['joined 0:1', 'left 0:1'] });
});
