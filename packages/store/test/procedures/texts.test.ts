// What packages above the store build on: texts of their own, and procedures on them.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore, type SharedStore, type StoreView } from '@muster/store';
import { type Procedure, textsOf } from '@muster/store/procedures';
import { describe, expect, inject, onTestFinished, test } from 'vitest';

/** Turns a text around. */
const reverse: Procedure<undefined, string> = {
  name: 'test-reverse',
  access: 'write',
  lua: `local text = string.reverse(redis.call('GET', KEYS[1]))
redis.call('SET', KEYS[1], text)
return text`,
  args: () => [],
  reply: String,
  embedded(transaction, [key = '']) {
    const text = [...(transaction.get(key) ?? '')].reverse().join('');
    transaction.put(key, text, 'keep');
    return text;
  },
};

const stores: [name: string, open: () => Promise<SharedStore>][] = [
  [
    'embedded',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'muster-texts-'));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      return createSharedStore({ url: `lmdb:${folder}`, maxValueBytes: 100 });
    },
  ],
  [
    'redis',
    async () =>
      createSharedStore({
        url: inject('redisUrl'),
        keyPrefix: `texts:${randomUUID()}:`,
        maxValueBytes: 100,
      }),
  ],
  ['memory', async () => createSharedStore({ url: 'memory:', maxValueBytes: 100 })],
];

describe.each(stores)('%s', (_, open) => {
  test('texts are under the keys of the view, and values to it where the codec can read them', async () => {
    await using store = await open();
    const view = store.namespace('mine');
    const texts = textsOf(view);
    expect(await texts.set('a', '{"n":1}', { forMs: 60_000 })).toBe(true);
    expect(await texts.set('a', '{"n":2}', 'never', 'absent')).toBe(false);
    expect(await view.get('a')).toEqual({ n: 1 });
    expect(await textsOf(store).get('a')).toBeUndefined();
    await texts.set('b', 'any text', 'never');
    expect(await texts.getMany(['a', 'b', 'c'])).toEqual(['{"n":1}', 'any text', undefined]);
  });

  test.each(['any text', '1e999', '{"a":[1e999]}', '~{"json":[1e999],"meta":{"v":1}}'])(
    'what no codec writes is corrupt, whichever call reads it: %s',
    async (text) => {
      await using store = await open();
      const view = store.namespace('mine');
      await textsOf(view).set('a', text, 'never');
      const first = async (values: AsyncIterable<unknown>) => {
        for await (const _ of values) return;
      };
      const reads = [
        () => view.get('a'),
        () => view.getMany(['a']),
        () => view.getWithTtl('a'),
        () => view.update('a', (current) => current),
        () => view.transaction(['a'], ([current]) => [current]),
        () => first(view.entries()),
        () => view.getAndDelete('a'),
      ];
      for (const read of reads) {
        await expect(read()).rejects.toMatchObject({ code: 'MUSTER_CORRUPT_VALUE' });
      }
      expect(await view.has('a')).toBe(false);
    },
  );

  test('a procedure runs on them', async () => {
    await using store = await open();
    const texts = textsOf(store.namespace('mine'));
    await texts.set('a', 'abc', 'never');
    expect(await texts.run(reverse, ['a'], undefined)).toBe('cba');
    expect(await texts.get('a')).toBe('cba');
  });

  test('keys and sizes are checked as those of the view', async () => {
    await using store = await open();
    const texts = textsOf(store.namespace('mine'));
    await expect(texts.get('')).rejects.toMatchObject({ code: 'MUSTER_INVALID_KEY' });
    const long = 'x'.repeat(101);
    await expect(texts.set('a', long, 'never')).rejects.toMatchObject({
      code: 'MUSTER_VALUE_TOO_LARGE',
    });
    expect(() => texts.checkSize('a', long)).toThrow(/101 bytes/);
  });
});

test('a view of another making is refused', () => {
  expect(() => textsOf({} as StoreView)).toThrow(
    expect.objectContaining({ code: 'MUSTER_INVALID_OPTION' }),
  );
});
