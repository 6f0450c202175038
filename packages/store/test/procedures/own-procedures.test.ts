// Procedures of an app's own: what defineProcedure() refuses, what a call that throws leaves, and what the conformance check finds.
import { randomUUID } from 'node:crypto';
import { createSharedStore, type SharedStoreOptions } from '@muster/store';
import { defineProcedure, integer, type ProcedureDefinition, text } from '@muster/store/procedures';
import { procedureConformance } from '@muster/store/testing';
import { afterAll, expect, expectTypeOf, inject, it } from 'vitest';

const options: [engine: string, options: SharedStoreOptions][] = [
  ['memory', { url: 'memory:' }],
  ['redis', { url: inject('redisUrl'), keyPrefix: `own:${randomUUID()}:`, deadlineMs: 60_000 }],
];
const stores = options.map(([engine, its]) => [engine, createSharedStore(its)] as const);
afterAll(() => Promise.all(stores.map(([, store]) => store.close())));

/** Puts several texts in the place of one, and fails for none. */
const append: ProcedureDefinition<readonly string[], number> = {
  name: 'append',
  embedded(transaction, [key = ''], texts) {
    if (texts.length === 0) throw new RangeError('there is nothing to append');
    const next = (transaction.get(key) ?? '') + texts.join('');
    transaction.put(key, next, 'keep');
    return next.length;
  },
  redis: {
    lua: `if #ARGV == 0 then return redis.error_reply('there is nothing to append') end
return redis.call('APPEND', KEYS[1], table.concat(ARGV))`,
    args: (texts) => [...texts],
    reply: integer,
  },
};
const run = defineProcedure(append);

it.each(stores)('calls of one turn keep their own arguments, on %s', async (engine, store) => {
  const view = store.namespace(`turn of ${engine}`);
  const calls = [['1'], ['2', '3', '4'], ['5', '6']].map((texts) => run(view, ['key'], texts));
  expect(await Promise.all(calls)).toEqual([1, 4, 6]);
  expect(await view.get('key')).toBe(123456);
});

it.each(stores)('what it throws is the cause, and nothing is changed, on %s', async (_, store) => {
  const view = store.namespace('throws');
  await expect(run(view, ['key'], [])).rejects.toMatchObject({
    code: 'MUSTER_STORE_FAILED',
    cause: { message: expect.stringContaining('there is nothing to append') },
  });
  expect(await view.has('key')).toBe(false);
});

it.each<[what: string, change: object, says: RegExp]>([
  ['an unknown name', { script: 'return 1' }, /has no option "script"/],
  ['an empty name', { name: '' }, /name of a procedure is a text/],
  ['no function', { embedded: undefined }, /embedded is a function, and not undefined/],
  ['another access', { access: 'append' }, /'read' or 'write'/],
  ['no Redis', { redis: undefined }, /redis of defineProcedure\(\) takes an object/],
  ['no script', { redis: { reply: text } }, /lua of a procedure is a text/],
  ['no reply', { redis: { lua: 'return 1' } }, /reply is a function, and not undefined/],
])('a definition with %s is refused', (_, change, says) => {
  const definition = { ...append, ...change } as never;
  expect(() => defineProcedure(definition)).toThrow(says);
});

it('a call without keys, or with one text as keys, is refused', async () => {
  const [[, store]] = stores as [(typeof stores)[number]];
  await expect(run(store, [], ['1'])).rejects.toMatchObject({ code: 'MUSTER_INVALID_OPTION' });
  await expect(run(store, 'key', ['1'])).rejects.toMatchObject({ code: 'MUSTER_INVALID_OPTION' });
});

it('a dialect that does something else is found', async () => {
  const wrong = defineProcedure({ ...append, embedded: () => 1 });
  const cases = { 'it appends': { keys: ['a'], input: ['1'], output: 1, after: { a: 1 } } };
  const [inMemory, onRedis] = options.map(([, its]) =>
    procedureConformance({ procedure: wrong, cases, open: () => createSharedStore(its) }),
  );
  for (const { run: check } of onRedis ?? []) await check();
  for (const { run: check } of inMemory ?? []) await expect(check()).rejects.toThrow();
});

it('types are those of its functions', () => {
  expectTypeOf(run).returns.resolves.toEqualTypeOf<number>();
  expectTypeOf(run).parameter(2).toEqualTypeOf<readonly string[]>();
});
