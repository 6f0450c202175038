// What would be ignored is refused, and the message says what was probably meant.
import { type Bus, createBus } from '@muster/bus';
import { describe, expect, it } from 'vitest';

const fn = () => {};
const never = (value: unknown) => value as never;

/** Calls that take options, each with those options as they were given. */
const TAKERS: Record<string, (options: never, bus: Bus) => unknown> = {
  createBus: (options) => createBus(options),
  broadcast: (options, bus) => bus.broadcast('topic', 1, options),
  once: (options, bus) => bus.once('topic', options),
  request: (options, bus) => bus.request('primary', 'call', 1, options),
  gather: (options, bus) => bus.gather('primary', 'call', 1, options),
  flush: (options, bus) => bus.flush(options),
};

async function refusal(call: (bus: Bus) => unknown): Promise<string> {
  await using bus = createBus();
  const error = await (async () => call(bus))().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'MUSTER_INVALID_OPTION' });
  return (error as Error).message;
}

describe.each(Object.entries(TAKERS))('%s', (_, call) => {
  it.each([
    ['null', null],
    ['a number', 60],
    ['a text', 'text'],
    ['an array', []],
    ['a function', fn],
    ['a name that there is not', { zzzzzzzzzz: 1 }],
    ['such a name without a value', { zzzzzzzzzz: undefined }],
  ])('refuses %s', async (_, options) => {
    expect(await refusal((bus) => call(never(options), bus))).toMatch(/ takes | has no option /);
  });
});

it.each([
  ['createBus', { timeout: 5 }, 'did you mean timeoutMs, in milliseconds?'],
  ['createBus', { onerror: fn }, 'did you mean onError?'],
  ['createBus', { constructor: 1 }, 'there are whenFull'],
  ['createBus', { policy: 'block' }, 'did you mean whenFull?'],
  ['createBus', { maxBytes: 5 }, 'did you mean maxMessageBytes?'],
  ['broadcast', { tu: 3 }, 'did you mean to?'],
  ['broadcast', { role: 'jobs' }, 'did you mean to?'],
  ['broadcast', { retained: true }, 'did you mean retain?'],
  ['broadcast', 3, 'did you mean { to: 3 }?'],
  ['broadcast', 'jobs', 'did you mean { to: "jobs" }?'],
  ['once', { signl: undefined }, 'did you mean signal?'],
  ['once', fn, 'on() calls a listener'],
  ['request', { timeout: 5 }, 'did you mean timeoutMs, in milliseconds?'],
  ['request', { signl: undefined }, 'did you mean signal?'],
  ['request', 5, 'did you mean { timeoutMs: 5 }'],
  ['gather', { timeout: 5 }, 'did you mean timeoutMs, in milliseconds?'],
])('%s(%j): %s', async (name, options, hint) => {
  expect(await refusal((bus) => TAKERS[name]?.(never(options), bus))).toContain(hint);
});

const CONTROLLER = never(new AbortController());

it.each<[string, (bus: Bus) => unknown, string]>([
  ['whenFull', () => createBus({ whenFull: never(5) }), 'the number 5'],
  ['maxOutboxBytes', () => createBus({ maxOutboxBytes: never('5') }), 'the text "5"'],
  ['maxMessageBytes', () => createBus({ maxMessageBytes: never('5') }), 'the text "5"'],
  ['timeoutMs', () => createBus({ timeoutMs: never(null) }), 'null'],
  ['onError', () => createBus({ onError: never('log') }), 'the text "log"'],
  ['onError', () => createBus({ onError: never(null) }), 'null'],
  ['self', (bus) => bus.broadcast('a', 1, { self: never('yes') }), 'the text "yes"'],
  ['retain', (bus) => bus.broadcast('a', 1, { retain: never(1) }), 'the number 1'],
  ['timeoutMs', (bus) => bus.request(0, 'a', 1, { timeoutMs: never('5') }), 'the text "5"'],
  ['signal', (bus) => bus.request(0, 'a', 1, { signal: CONTROLLER }), 'an object'],
  ['signal', (bus) => bus.gather(0, 'a', 1, { signal: CONTROLLER }), 'an object'],
  ['signal', (bus) => bus.once('a', { signal: CONTROLLER }), 'an object'],
  ['signal', (bus) => bus.flush({ signal: CONTROLLER }), 'an object'],
  ['listener', (bus) => bus.on('a', never(undefined)), 'undefined'],
  ['listener', (bus) => bus.on('a', never('fn')), 'the text "fn"'],
  ['handler', (bus) => bus.handle('a', never({})), 'an object'],
  ['listener', (bus) => bus.onJoined(never(null)), 'null'],
  ['listener', (bus) => bus.onLeft(never(5)), 'the number 5'],
])('names %s and shows what it was given', async (name, call, value) => {
  const message = await refusal(call);
  expect(message).toContain(name);
  expect(message).toContain(value);
});

it('on and handle take no options, and say how they end', async () => {
  const options = { signal: new AbortController().signal };
  for (const name of ['on', 'handle'] as const) {
    const call = (bus: Bus) =>
      (bus[name] as (...given: unknown[]) => unknown).call(bus, 'a', fn, options);
    expect(await refusal(call)).toContain('call what it returns');
  }
});

const TARGETS = 'Invalid target';

it.each<[string, (bus: Bus) => unknown, string, string]>([
  ['a slot as a text', (bus) => bus.broadcast('a', 1, { to: '1' }), TARGETS, 'did you mean 1?'],
  ['one in a list', (bus) => bus.gather(['jobs', '12'], 'a', 1), TARGETS, 'did you mean 12?'],
  ['one that is asked', (bus) => bus.request('1', 'a', 1), TARGETS, 'did you mean 1?'],
  [
    'a machine that is misspelt',
    (bus) => bus.broadcast('a', 1, { to: { Machine: 'web' } as never }),
    TARGETS,
    '{ machine, slot }',
  ],
  [
    'too many targets',
    (bus) => bus.broadcast('a', 1, { to: Array(1_001).fill(0) }),
    TARGETS,
    'it has 1001 targets, and may have 1000',
  ],
  [
    'too many in both',
    (bus) => bus.broadcast('a', 1, { to: Array(600).fill(0), except: Array(401).fill(1) }),
    TARGETS,
    'it has 1001 targets, and may have 1000',
  ],
  [
    'a long role',
    (bus) => bus.broadcast('a', 1, { except: 'r'.repeat(513) }),
    TARGETS,
    'a role has at most 512 characters',
  ],
  ['no topic', (bus) => bus.broadcast(never(undefined), 1), 'Invalid topic undefined', ''],
  ['no topic', (bus) => bus.broadcast(never(null), 1), 'Invalid topic null', ''],
  ['an empty topic', (bus) => bus.broadcast('', 1), "Invalid topic ''", ''],
  ['# of AMQP', (bus) => bus.on('orders.#', fn), "'orders.#'", '** for any number of levels'],
  ['#', (bus) => bus.on('#', fn), "'#'", '** for any number of levels'],
  ['# of MQTT', (bus) => bus.on('orders/#', fn), "'orders/#'", "as in 'orders.**'"],
  ['+ of MQTT', (bus) => bus.once('orders/+/paid'), "'orders/+/paid'", '* for one'],
  ['> of NATS', (bus) => bus.on('orders.>', fn), "'orders.>'", '** for any number of levels'],
  ['>', (bus) => bus.on('>', fn), "'>'", '** for any number of levels'],
  ['sending to them', (bus) => bus.broadcast('orders.+', 1), "'orders.+'", '* for one'],
])('refuses %s', async (_, call, what, hint) => {
  await using bus = createBus();
  const message = await (async () => call(bus))().then(
    () => 'taken',
    (error: Error) => error.message,
  );
  expect(message).toContain(what);
  expect(message).toContain(hint);
});

it.each(['c#', '#general', 'c++', 'a.#1', 'a/b', 'a+b.c', 'a>', 'a.b>', 'a.>.b'])(
  'takes the topic %s',
  async (topic) => {
    await using bus = createBus();
    const heard = bus.once(topic);
    bus.broadcast(topic, 1, { self: true });
    expect(await heard).toBe(1);
  },
);

it('a level that would be #, + or > is escaped by topicOf, and no two lists give one topic', async () => {
  await using bus = createBus();
  const lists: [string, ...string[]][] = [
    ['a', '#'],
    ['a', '%23'],
    ['a', '+'],
    ['a/+'],
    ['a/%2B'],
    ['#'],
    ['c#'],
    ['%#'],
    ['a', '>'],
    ['a', '%3E'],
    ['a>'],
  ];
  const topics = lists.map((levels) => bus.topicOf(...levels));
  expect(new Set(topics).size).toBe(lists.length);
  for (const topic of topics) bus.broadcast(topic, 1);
});

it.each<[string, string, (bus: Record<string, (...given: unknown[]) => unknown>) => unknown]>([
  ['createBus', 'the text "more"', () => createBus({}, never('more'))],
  ['broadcast', 'one payload, such as a list', (bus) => bus.broadcast?.('a', 1, {}, 2)],
  ['request', 'one payload, such as a list', (bus) => bus.request?.(0, 'a', 1, {}, 2)],
  ['gather', 'one payload, such as a list', (bus) => bus.gather?.(0, 'a', 1, {}, 2)],
  ['members', 'the text "worker"', (bus) => bus.members?.('worker')],
  ['stats', 'the number 1', (bus) => bus.stats?.(1)],
  ['once', 'a function', (bus) => bus.once?.('a', {}, fn)],
  ['flush', 'the number 500', (bus) => bus.flush?.({}, 500)],
  ['whenJoined', 'the number 500', (bus) => bus.whenJoined?.({}, 500)],
  ['whenSubscribed', 'the number 500', (bus) => bus.whenSubscribed?.({}, 500)],
  ['onJoined', 'call what it returns', (bus) => bus.onJoined?.(fn, { signal: 1 })],
  ['onLeft', 'call what it returns', (bus) => bus.onLeft?.(fn, 'worker')],
  ['close', 'it waits for 5000 ms at most', (bus) => bus.close?.({ timeoutMs: 1 })],
])('%s refuses arguments that it would ignore', async (name, hint, call) => {
  const message = await refusal((bus) => call(never(bus)));
  expect(message).toContain(`${name}()`);
  expect(message).toContain(hint);
});

it('takes undefined for an option that is not given, in the types too', async () => {
  await using bus = createBus({
    whenFull: undefined,
    maxOutboxBytes: undefined,
    maxMessageBytes: undefined,
    timeoutMs: undefined,
    keepMs: undefined,
    encode: undefined,
    onError: undefined,
    transport: undefined,
  });
  bus.handle('echo', (value) => value);
  const heard = bus.once('topic', { signal: undefined });
  const all = { to: undefined, except: undefined, scope: undefined };
  await bus.broadcast('topic', 1, { ...all, self: true, retain: undefined, ttlMs: undefined });
  expect(await heard).toBe(1);
  const options = { scope: undefined, timeoutMs: undefined, signal: undefined };
  expect(await bus.request('primary', 'echo', 2, options)).toBe(2);
  expect((await bus.gather('primary', 'echo', 3, options)).ok).toMatchObject([{ value: 3 }]);
  await bus.flush({ signal: undefined });
});
