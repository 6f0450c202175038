import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { traceMuster } from '@muster/adapters/opentelemetry';
import { SpanKind } from '@opentelemetry/api';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { codeOf } from '../src/opentelemetry/failures.js';
import { formatTraceparent, parseTraceparent } from '../src/opentelemetry/traceparent.js';
import { emptyStore } from './support/stores.js';

interface SpanTold {
  name: string;
  kind: SpanKind;
  status: { code: number; message?: string };
  attributes: Record<string, unknown>;
  events: unknown[];
  spanId: string;
  traceId: string;
  parent?: string;
}

/** The one message of a program. */
async function told(fixture: string, ...args: string[]): Promise<unknown> {
  const child = fork(join(import.meta.dirname, 'fixtures', fixture), args);
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${fixture} exited with ${code}`);
    }),
  ]);
  return message;
}

function only(spans: SpanTold[], name: string): SpanTold {
  const found = spans.filter((span) => span.name === name);
  expect(found, name).toHaveLength(1);
  return found[0] as SpanTold;
}

describe('two workers', async () => {
  const store = await emptyStore('embedded');
  let sender: SpanTold[];
  let receiver: SpanTold[];
  let all: SpanTold[];

  beforeAll(async () => {
    const [first, second] = (await told('traced.js', JSON.stringify(store))) as SpanTold[][];
    if (!first || !second) throw new Error('only one worker sent its spans');
    [sender, receiver] = first.some(({ name }: SpanTold) => name === 'app')
      ? [first, second]
      : [second, first];
    all = [...sender, ...receiver];
  });

  test.each([
    ['a request', 'request echo', 'handle echo'],
    ['a gather, with a long payload', 'gather echo', 'handle echo'],
    ['a broadcast', 'broadcast news', 'listen news'],
    ['a job whose adder has exited', 'add mails', 'work mails'],
  ])('%s is received in the trace of its sender', (_, sent, received) => {
    const app = only(sender, 'app');
    const spans = sender.filter(({ name }) => name === sent);
    expect(spans).not.toHaveLength(0);
    for (const span of spans) {
      expect(span).toMatchObject({ parent: app.spanId, traceId: app.traceId });
      const [child, ...more] = receiver.filter(({ parent }) => parent === span.spanId);
      expect(child).toMatchObject({ name: received, traceId: app.traceId });
      expect(more).toEqual([]);
    }
  });

  test('a job that was added without a trace begins its own, whatever its worker was started in', () => {
    const jobs = receiver.filter(({ name }) => name === 'work mails');
    expect(jobs.map(({ parent }) => parent)).toEqual([undefined, only(sender, 'add mails').spanId]);
    for (const { kind } of jobs) expect(kind).toBe(SpanKind.CONSUMER);
  });

  test('what a handler does is in its span', () => {
    const inner = receiver.filter(({ name }) => name === 'broadcast inner');
    const handlers = receiver.filter(({ name }) => name === 'handle echo');
    expect(inner.map(({ parent }) => parent).sort()).toEqual(
      handlers.map(({ spanId }) => spanId).sort(),
    );
  });

  test('spans are called as the semantic conventions say', () => {
    expect(only(sender, 'add mails')).toMatchObject({
      kind: SpanKind.PRODUCER,
      attributes: {
        'messaging.system': 'muster.queue',
        'messaging.destination.name': 'mails',
        'messaging.operation.name': 'add',
        'messaging.operation.type': 'send',
      },
    });
    expect(only(receiver, 'handle heard').kind).toBe(SpanKind.SERVER);
  });

  test('calls of the store and locks are spans of the one that made them', () => {
    const app = only(sender, 'app');
    for (const name of ['set', 'withLock']) {
      expect(only(sender, name)).toMatchObject({
        parent: app.spanId,
        kind: SpanKind.CLIENT,
        attributes: { 'db.system.name': 'muster.embedded', 'db.operation.name': name },
      });
    }
  });

  test('a span of what failed has the code of the error, and no span has its message or a value', () => {
    expect(only(sender, 'increment')).toMatchObject({
      status: { code: 2 },
      attributes: { 'error.type': 'MUSTER_WRONG_TYPE' },
    });
    expect(only(receiver, 'handle fail').attributes).toMatchObject({ 'error.type': 'E_MINE' });
    expect(only(sender, 'request fail').attributes).toMatchObject({
      'error.type': 'MUSTER_REMOTE_ERROR',
    });
    expect(JSON.stringify(all)).not.toMatch(/secret|"word"/);
  });

  test('what Muster sends for itself is no span, and carries no context', () => {
    expect(all.filter(({ name }) => name.includes('$'))).toEqual([]);
  });
});

test('what crosses machines is received in the trace of its sender', async () => {
  const group = randomUUID();
  const machines = ['sender', 'receiver'].map((name) =>
    told('traced-machine.js', inject('redisUrl'), group, name),
  );
  const [sender, receiver] = (await Promise.all(machines)) as [SpanTold[], SpanTold[]];
  const app = only(sender, 'app');
  for (const [sent, received] of [
    ['request echo', 'handle echo'],
    ['broadcast news', 'listen news'],
    ['request heard', 'handle heard'],
  ] as const) {
    const span = only(sender, sent);
    expect(span).toMatchObject({ parent: app.spanId, traceId: app.traceId });
    expect(only(receiver, received)).toMatchObject({ parent: span.spanId, traceId: app.traceId });
  }
});

const trace = '0af7651916cd43dd8448eb211c80319c';
const span = 'b7ad6b7169203331';

test.each([
  ['of another version', `01-${trace}-${span}-01`],
  ['with a trace of zeros', `00-${'0'.repeat(32)}-${span}-01`],
  ['with a span of zeros', `00-${trace}-${'0'.repeat(16)}-01`],
  ['in capitals', `00-${trace.toUpperCase()}-${span}-01`],
  ['with more behind it', `00-${trace}-${span}-01-more`],
  ['with a line behind it', `00-${trace}-${span}-01\n`],
  ['without flags', `00-${trace}-${span}`],
  ['of nothing', undefined],
])('a traceparent %s is none', (_, text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});

test('a traceparent comes back as it was written, its unknown flags left out', () => {
  const text = `00-${trace}-${span}-01`;
  const parsed = parseTraceparent(`00-${trace}-${span}-ff`);
  expect(parsed).toEqual({ traceId: trace, spanId: span, traceFlags: 1, isRemote: true });
  expect(parsed && formatTraceparent(parsed)).toBe(text);
  expect(formatTraceparent({ traceId: '0'.repeat(32), spanId: span, traceFlags: 1 })).toBe(
    undefined,
  );
});

test.each([
  ['a code', { code: 'ECONNRESET' }, 'ECONNRESET'],
  ['a code with digits', { code: 'ERR_HTTP2_ERROR' }, 'ERR_HTTP2_ERROR'],
  ['an SQLSTATE', { code: '23505' }, '23505'],
  ['a number as its code', { code: 23505 }, 'Error'],
  ['a secret as its code', { code: 'token=SECRET' }, 'Error'],
  ['a long code', { code: 'A'.repeat(1_000_000) }, 'Error'],
  ['a code of two lines', { code: 'E_MINE\n' }, 'Error'],
  ['an empty code', { code: '' }, 'Error'],
  ['a name', { name: 'AbortError', code: 'two words' }, 'AbortError'],
  ['a sentence as its name', { name: 'token=SECRET' }, '_OTHER'],
  ['a long name', { name: 'A'.repeat(65) }, '_OTHER'],
  ['a name that is no text', { name: 5 }, '_OTHER'],
])('an error with %s', (_, properties, type) => {
  expect(codeOf(Object.assign(new Error('secret'), properties))).toBe(type);
});

test('unknown options, and a provider that is none, are refused', () => {
  // @ts-expect-error: a name that is unknown.
  expect(() => traceMuster({ provider: {} })).toThrow(/provider/);
  // @ts-expect-error: not a provider.
  expect(() => traceMuster({ tracerProvider: {} })).toThrow(/getTracer/);
});
