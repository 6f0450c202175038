// No error of the store has a password or a stored value in it, however deep one looks.
import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { afterEach, expect, it, vi } from 'vitest';
import { startRedis } from '../../../../test/support/redis/server.js';
import { createSharedStore, type SharedStore } from '../../dist/index.js';
import { redacted } from '../../dist/redis/redacted.js';

const SECRET = 'hunter2-is-secret';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function redis(...args: string[]) {
  const server = await startRedis({ args });
  closing.push(() => server.stop());
  return server;
}

function open(url: string, deadlineMs = 60_000): SharedStore {
  const store = createSharedStore({ url, deadlineMs });
  closing.push(() => store.close());
  return store;
}

/** All that can be seen of it, by whoever prints it. */
function seen(value: unknown): string {
  const own = (_key: string, part: unknown): unknown =>
    part instanceof Error
      ? Object.fromEntries(
          Object.getOwnPropertyNames(part).map((name) => [name, Reflect.get(part, name)]),
        )
      : part;
  return [
    inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null }),
    String(value),
    JSON.stringify(value, own),
  ].join('\n');
}

async function failureOf(call: Promise<unknown>): Promise<Error> {
  const error = await call.then(
    () => new Error('it did not fail'),
    (one: Error) => one,
  );
  expect(error).toMatchObject({ code: expect.stringMatching(/^MUSTER_/) });
  return error;
}

it.each([
  ['that is wrong', ['--requirepass', 'right'], /WRONGPASS/],
  ['of a server that repeats it', ['--rename-command', 'AUTH', ''], /unknown command/],
])('a password %s', async (_what, args, said) => {
  const server = await redis(...args);
  const store = open(server.url.replace('//', `//somebody:${SECRET}@`), 1_000);
  const told: unknown[] = [];
  store.on('degraded', (error) => told.push(error));
  // Once more where there was no answer by the deadline.
  const errors = await vi.waitFor(async () => {
    const calls = [store.get('key'), store.set('key', 'value'), store.ready()];
    const all = [...(await Promise.all(calls.map(failureOf))), ...told];
    expect(seen(all)).toMatch(said);
    return all;
  });
  expect(seen(errors)).not.toContain(SECRET);
  expect(seen(store)).not.toContain(SECRET);
});

it('a value for which there is no room, or whose key holds something else', async () => {
  const server = await redis();
  const store = open(server.url);
  await store.set('key', 'before');
  const direct = new Redis(server.url);
  closing.push(async () => direct.disconnect());
  const [name = ''] = await direct.keys('*:key');
  await direct.del(name);
  await direct.lpush(name, 'x');
  const errors = [await failureOf(store.update('key', () => SECRET))];
  await direct.config('SET', 'maxmemory', '1');
  errors.push(await failureOf(store.set('other', SECRET)));
  errors.push(await failureOf(store.setMany([['third', SECRET]])));
  expect(seen(errors)).toMatch(/WRONGTYPE[\s\S]*OOM/);
  expect(seen(errors)).not.toContain(SECRET);
});

it('what ioredis hangs on its errors, at any depth', () => {
  const reply = (message: string, more: object = {}) =>
    Object.assign(
      new Error(message),
      { name: 'ReplyError', command: { name: 'auth', args: [SECRET] } },
      more,
    );
  const error = new AggregateError(
    [reply(`ERR unknown command 'auth', with args beginning with: '${SECRET}' `)],
    `redis://me:${SECRET}@host:1 failed`,
    {
      cause: reply('WRONGPASS', {
        previousErrors: [reply('one')],
        cause: reply('two', { code: 'ECONN' }),
      }),
    },
  );
  const clean = redacted(error);
  expect(seen(clean)).not.toContain(SECRET);
  expect(clean).toMatchObject({
    name: 'AggregateError',
    message: 'redis://***@host:1 failed',
    errors: [{ name: 'ReplyError', message: "ERR unknown command 'auth'" }],
    cause: { message: 'WRONGPASS', cause: { message: 'two', code: 'ECONN' } },
  });
  const circle = reply('round');
  Object.assign(circle, { cause: circle });
  expect(seen(redacted(circle))).not.toContain(SECRET);
});
