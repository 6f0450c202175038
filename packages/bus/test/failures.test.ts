// What of an error crosses to whoever asked.

import { createBus, type RemoteError } from '@muster/bus';
import { registerClass } from '@muster/codec';
import { expect, test } from 'vitest';

class AxiosError extends Error {
  override readonly name = 'AxiosError';
  readonly code = 'ERR_BAD_RESPONSE';
  readonly status = 502;
  readonly config = { headers: { Authorization: 'Bearer hunter2' }, auth: { password: 'hunter2' } };
  readonly request = { socket: () => {} };
  readonly response = { data: 'hunter2' };
  readonly apiKey = 'hunter2';
}

class Refused extends Error {
  readonly order: { id: number };

  constructor(message: string, order: { id: number }) {
    super(message);
    this.order = order;
  }
}
registerClass(Refused, {
  name: 'Refused',
  toPlain: ({ message, order }) => ({ message, order }),
  fromPlain: ({ message, order }: { message: string; order: { id: number } }) =>
    new Refused(message, order),
});

const at = new Date(7);
const circular: Record<string, unknown> = {};
circular.self = circular;

const cases: [name: string, thrown: unknown, crossed: Record<string, unknown>][] = [
  [
    'a class of its own',
    new AxiosError('https://me:hunter2@example.com failed'),
    {
      name: 'AxiosError',
      message: 'https://…@example.com failed',
      code: 'ERR_BAD_RESPONSE',
      status: 502,
    },
  ],
  ['no error', { code: 'E', status: 404 }, { name: 'Error', code: 'E', status: 404 }],
  ['a number as its code', { code: 7, message: 'seven' }, { message: 'seven', code: 7 }],
  ['a text', 'text', { name: 'Error', message: 'text' }],
  ['nothing', undefined, { message: 'undefined' }],
  ['a symbol', Symbol('s'), { message: 'Symbol(s)' }],
  [
    'fields of simple kinds',
    Object.assign(new TypeError('odd'), { at, big: 1n, none: null, call: () => {}, of: circular }),
    { name: 'TypeError', at, big: 1n, none: null },
  ],
  [
    'what is about what went wrong',
    Object.assign(new Error('invalid'), {
      issues: [{ path: ['a'], expected: 'string' }],
      details: circular,
      detail: 'x'.repeat(5_000),
    }),
    {
      issues: [{ path: ['a'], expected: 'string' }],
      detail: expect.stringMatching(/^x{1000}… \(5000 characters\)$/),
    },
  ],
  [
    'causes',
    new Error('outer', { cause: Object.assign(new RangeError('inner'), { code: 'E_IN' }) }),
    { message: 'outer', cause: expect.objectContaining({ message: 'inner', code: 'E_IN' }) },
  ],
  ['many', new AggregateError([new Error('one'), new TypeError('two')], 'all'), { message: 'all' }],
  [
    'a long message',
    new Error('x'.repeat(5_000_000)),
    { message: expect.stringMatching(/^x{4000}…/) },
  ],
  [
    'what throws where it is looked at',
    Object.defineProperty(new Error('trap'), 'code', {
      get() {
        throw new Error('in a getter');
      },
    }),
    { message: 'The handler failed' },
  ],
];

test.each(cases)('of %s', async (_, thrown, crossed) => {
  await using bus = createBus({ maxMessageBytes: 1_000 });
  bus.handle('fail', () => {
    throw thrown;
  });
  const error: RemoteError = await bus.request('primary', 'fail', null).catch((one) => one);
  const { cause } = error as { cause: Error & Record<string, unknown> };
  expect(error.code).toBe('MUSTER_REMOTE_ERROR');
  expect(error.remoteCode).toBe(crossed.code);
  const { name, message, stack, ...own } = cause;
  expect({ name, message, ...own, ...(cause.cause ? { cause: cause.cause } : {}) }).toMatchObject(
    crossed,
  );
  if (cause instanceof AggregateError) expect(cause.errors).toHaveLength(2);
  // And nothing else of its own.
  const { cause: _cause, name: _name, message: _message, ...fields } = crossed;
  expect(Object.keys(own).sort()).toEqual(Object.keys(fields).sort());
  expect(JSON.stringify([message, stack, { ...cause, big: undefined }])).not.toContain('hunter2');
});

test('one of a registered class crosses whole', async () => {
  await using bus = createBus();
  bus.handle('refuse', () => {
    throw new Refused('sold out', { id: 7 });
  });
  const { cause } = await bus.request('primary', 'refuse', null).catch((one) => one);
  expect(cause).toBeInstanceOf(Refused);
  expect(cause).toMatchObject({ message: 'sold out', order: { id: 7 } });
});
