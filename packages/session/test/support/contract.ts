// What every framework asks of a session store, whatever its calls look like.
import { beforeEach, expect, test } from 'vitest';
import { FIELDS, IDS, TWINS } from './hostile.js';

export interface StoreCalls {
  get(id: string): Promise<unknown>;
  set(id: string, session: object): Promise<unknown>;
  destroy(id: string): Promise<unknown>;
}

/** To be called within `describe`. */
export function testContract(
  open: () => Promise<StoreCalls>,
  newSession: (fields?: object) => object,
): void {
  let store: StoreCalls;

  beforeEach(async () => {
    store = await open();
  });

  test('an unknown session is no error and no session', async () => {
    expect(await store.get('nobody')).toBeFalsy();
  });

  test('a session comes back as JSON has it', async () => {
    const saved = newSession(FIELDS);
    await store.set('json', saved);
    expect(JSON.stringify(await store.get('json'))).toBe(JSON.stringify(saved));
  });

  test('a second set replaces the whole session', async () => {
    await store.set('a', newSession({ n: 1, gone: true }));
    await store.set('a', newSession({ n: 2 }));
    const found = await store.get('a');
    expect(found).toMatchObject({ n: 2 });
    expect(found).not.toHaveProperty('gone');
  });

  test('a destroyed session is gone, alone, and may be destroyed again', async () => {
    await store.set('a', newSession());
    await store.set('b', newSession({ is: 'b' }));
    await store.destroy('a');
    await store.destroy('a');
    expect(await store.get('a')).toBeFalsy();
    expect(await store.get('b')).toMatchObject({ is: 'b' });
  });

  test.each(IDS)('an id may be %s', async (_, id) => {
    expect(await store.get(id)).toBeFalsy();
    await store.set(id, newSession({ n: 1 }));
    await store.set(`${id}.`, newSession({ n: 2 }));
    expect(await store.get(id)).toMatchObject({ n: 1 });
    await store.destroy(id);
    expect(await store.get(id)).toBeFalsy();
    expect(await store.get(`${id}.`)).toMatchObject({ n: 2 });
  });

  test('two ids are two sessions, however much they look alike', async () => {
    for (const id of TWINS) await store.set(id, newSession({ is: id }));
    for (const id of TWINS) expect(await store.get(id)).toMatchObject({ is: id });
  });
}
