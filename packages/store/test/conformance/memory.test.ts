import { createSharedStore } from '@muster/store';
import { storeConformance } from '@muster/store/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProject } from '../../../../test/support/guide.js';

describe('the engine in memory conforms', () => {
  const open = (options: object = {}) => createSharedStore({ ...options, url: 'memory:suite' });
  // The suite opens and closes many stores on the same data; this one keeps it open meanwhile.
  const keeper = open();
  beforeAll(() => keeper.ready());
  afterAll(() => keeper.close());
  for (const { name, run } of storeConformance({ open })) it(name, run);
});

describe('the engine in memory', () => {
  it('holds its data from the first store to the last, each URL its own', async () => {
    const [one, same, other] = ['memory:', 'memory:', 'memory:other'].map((url) =>
      createSharedStore({ url }),
    );
    await one?.set('key', 1);
    expect([await same?.get('key'), await other?.get('key')]).toEqual([1, undefined]);
    expect(one?.engine).toBe('memory');
    await one?.close();
    expect(await same?.get('key')).toBe(1);
    await same?.close();
    const anew = createSharedStore({ url: 'memory:' });
    expect(await anew.get('key')).toBeUndefined();
    await Promise.all([anew.close(), other?.close()]);
  });

  it('loads neither LMDB nor ioredis, writes nothing, and keeps no process alive', async () => {
    await using project = await createProject();
    const code = `
      import { createSharedStore } from '@muster/store';
      import { readdirSync } from 'node:fs';
      const before = readdirSync('.').length;
      const store = createSharedStore({ url: 'memory:' });
      await store.set('short', 1, { ttlMs: 60_000 });
      await store.watch({ prefix: '' }, () => {});
      console.log(process.moduleLoadList.filter((name) => /lmdb|ioredis/.test(name)).length, readdirSync('.').length - before);
    `;
    await using program = await project.run(code);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.output()).toBe('0 0\n');
  });
});
