// Patterns against a second, slower opinion: a regular expression.

import { createBus } from '@muster/bus';
import { createControlBus } from '@muster/bus/cluster';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';

function regexOf(pattern: string): RegExp {
  let source = '';
  for (const level of pattern.split('.')) {
    if (level === '**') source += '(?:[^.]*\\.)*';
    else if (level === '*') source += '[^.]*\\.';
    else source += `${level.replace(/[^a-z]/g, '\\$&')}\\.`;
  }
  return new RegExp(`^${source}$`);
}

const level = fc.constantFrom('a', 'b', 'ab');
const path = (part: fc.Arbitrary<string>) =>
  fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'));
const topics = path(level);
const patterns = path(fc.oneof(level, fc.constantFrom('*', '**')));

test('a listener hears what its pattern means, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(patterns, { minLength: 1, maxLength: 6 }),
      fc.array(topics),
      async (list, sent) => {
        await using bus = createBus();
        const heard: string[] = [];
        for (const pattern of list)
          bus.on(pattern, (_, { topic }) => heard.push(`${pattern} ${topic}`));
        for (const topic of sent) bus.broadcast(topic, null, { self: true });
        let last = false;
        bus.on('last', () => {
          last = true;
        });
        bus.broadcast('last', null, { self: true });
        await vi.waitFor(() => expect(last).toBe(true), { interval: 1 });
        const meant = sent.flatMap((topic) =>
          list
            .filter((pattern) => regexOf(pattern).test(`${topic}.`))
            .map((pattern) => `${pattern} ${topic}`),
        );
        expect(heard.filter((one) => !one.endsWith(' last')).sort()).toEqual(meant.sort());
      },
    ),
    { numRuns: 200 },
  );
});

test('a pattern of many wildcards is matched in no time', async () => {
  await using bus = createBus();
  let heard = 0;
  bus.on(`${'**.'.repeat(80)}x`, () => heard++);
  bus.on('last', () => heard++);
  bus.broadcast(`${'y.'.repeat(200)}y`, null, { self: true });
  bus.broadcast('last', null, { self: true });
  // Tried in every way, it would take longer than there is time.
  await vi.waitFor(() => expect(heard).toBe(1), { interval: 1 });
});

test('wrong topics and targets are refused with what to do', async () => {
  await using bus = createBus();
  await using control = createControlBus();
  const refused = { code: 'MUSTER_INVALID_TOPIC' };
  const caught = (call: () => unknown): unknown => {
    try {
      return call();
    } catch (error) {
      return error;
    }
  };
  expect(caught(() => bus.broadcast('', 1))).toMatchObject(refused);
  expect(caught(() => bus.on('x'.repeat(513), () => {}))).toMatchObject(refused);
  expect(caught(() => bus.broadcast('orders.*', 1))).toMatchObject(refused);
  expect(caught(() => bus.broadcast('**', 1))).toMatchObject(refused);
  for (const topic of ['a..b', '.a', 'a.', '.', 'a*', 'orders.*x', 'a.**b', '***', 'a.*.b*.c']) {
    expect(
      caught(() => bus.on(topic, () => {})),
      topic,
    ).toMatchObject(refused);
    expect(
      caught(() => bus.broadcast(topic, 1)),
      topic,
    ).toMatchObject(refused);
    expect(
      caught(() => bus.handle(topic, () => {})),
      topic,
    ).toMatchObject(refused);
  }
  expect(caught(() => bus.broadcast('$muster.x', 1))).toMatchObject(refused);
  expect(caught(() => bus.on('$muster.**', () => {}))).toMatchObject(refused);
  expect(caught(() => control.on('mine', () => {}))).toMatchObject(refused);
  expect(caught(() => control.broadcast('mine', 1))).toMatchObject(refused);
  expect(caught(() => bus.broadcast(Symbol('x') as unknown as string, 1))).toMatchObject(refused);
  for (const to of [-1, 1.5, Number.NaN, '', [], [0, -1], {}, null]) {
    expect(caught(() => bus.broadcast('x', 1, { to: to as number }))).toMatchObject({
      code: 'MUSTER_INVALID_TARGET',
    });
  }
  expect(caught(() => bus.broadcast('x', () => {}))).toMatchObject({
    code: 'MUSTER_UNSUPPORTED_VALUE',
  });
});

test('a listener that throws or rejects is reported, and the others are called', async () => {
  const errors: unknown[] = [];
  await using bus = createBus({
    onError: (error) => errors.push([error.code, error.topic, error.cause]),
  });
  const thrown = new Error('thrown');
  const heard: unknown[] = [];
  bus.on('x', () => {
    throw thrown;
  });
  bus.on('x', async () => {
    throw thrown;
  });
  bus.on('x', (payload) => heard.push(payload));
  bus.broadcast('x', 1, { self: true });
  bus.broadcast('x', 2, { self: true });
  const one = ['MUSTER_LISTENER_FAILED', 'x', thrown];
  await vi.waitFor(() =>
    expect({ heard, errors }).toEqual({ heard: [1, 2], errors: [one, one, one, one] }),
  );
});

test.each([
  ['rejects', (error: Error) => Promise.reject(error)],
  [
    'throws',
    (error: Error) => {
      throw error;
    },
  ],
])('an onError that %s itself: a process warning says both', async (_how, onError) => {
  const warnings: Error[] = [];
  const collect = (warning: Error) => warnings.push(warning);
  process.on('warning', collect);
  onTestFinished(() => void process.off('warning', collect));
  await using bus = createBus({ onError: () => onError(new Error('the log is full')) });
  bus.on('x', () => {
    throw new Error('no such row');
  });
  bus.broadcast('x', 1, { self: true });
  await vi.waitFor(() => expect(warnings).toHaveLength(1));
  expect(warnings[0]).toMatchObject({
    name: 'ListenerFailedError',
    code: 'MUSTER_LISTENER_FAILED',
    message: "A listener of 'x' failed: no such row (and onError failed: the log is full)",
  });
});

test('a listener that is ended is not called again, not even for what has arrived', async () => {
  await using bus = createBus();
  const heard: unknown[] = [];
  const end = bus.on('x', (payload) => {
    heard.push(payload);
    end();
  });
  bus.on('y', (payload) => heard.push(payload));
  bus.broadcast('x', 1, { self: true });
  bus.broadcast('x', 2, { self: true });
  bus.broadcast('y', 3, { self: true });
  await vi.waitFor(() => expect(heard).toEqual([1, 3]));
});
