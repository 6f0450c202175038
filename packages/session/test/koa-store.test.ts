// The contract of koa-session on a plain Map and on ours, and what our store makes of odd ends.
import { createSessionStore } from '@muster/session/koa';
import { beforeEach, describe, expect, test } from 'vitest';
import { testContract } from './support/contract.js';
import { engines, openStore } from './support/stores.js';

const MINUTE = 60_000;

/** As koa-session has it: what it notes of the cookie stands beside the data. */
const newSession = (fields: object = {}) => ({
  ...fields,
  _expire: Date.now() + MINUTE,
  _maxAge: MINUTE,
});

/** What koa-session asks of a store, as its README has it. */
function mapStore() {
  const sessions = new Map<string, string>();
  return {
    get: async (key: string): Promise<unknown> => JSON.parse(sessions.get(key) ?? 'null'),
    set: async (key: string, session: object) => void sessions.set(key, JSON.stringify(session)),
    destroy: async (key: string) => void sessions.delete(key),
  };
}

describe('a Map has it', () => testContract(async () => mapStore(), newSession));

describe.each(engines)('%s', (engine) => {
  const open = async () => createSessionStore({ store: await openStore(engine) });
  testContract(async () => {
    const store = await open();
    return {
      get: (id) => store.get(id, MINUTE),
      set: (id, session) => store.set(id, { ...session }, MINUTE),
      destroy: (id) => store.destroy(id),
    };
  }, newSession);

  let sessions: ReturnType<typeof createSessionStore>;

  beforeEach(async () => {
    sessions = await open();
  });

  test('a session of a cookie without an end is found', async () => {
    await sessions.set('a', { n: 1, _session: true }, 'session');
    expect(await sessions.get('a')).toEqual({ n: 1, _session: true });
  });

  test.each([
    ['no end', undefined],
    ['null as its end', null],
    ['an end that is no number', 'tomorrow'],
    ['an end later than any date', 1e300],
  ])('a session that has %s is found', async (_, _expire) => {
    await sessions.set('endless', { a: 1, _expire });
    expect(await sessions.get('endless')).toMatchObject({ a: 1 });
  });

  test.each([
    ['in 1970', 0],
    ['before there was time', -1e300],
  ])('a session that ended %s is none', async (_, _expire) => {
    await sessions.set('ended', newSession(), MINUTE);
    await sessions.set('ended', { _expire, _maxAge: MINUTE }, MINUTE);
    expect(await sessions.get('ended')).toBeUndefined();
  });
});
