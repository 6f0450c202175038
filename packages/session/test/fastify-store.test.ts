// The contract of @fastify/session on its own memory store and on ours, and what our store makes of odd cookies.
import fastifySession from '@fastify/session';
import { createSessionStore } from '@muster/session/fastify';
import type { Store } from 'express-session';
import { beforeEach, describe, expect, test } from 'vitest';
import { type StoreCalls, testContract } from './support/contract.js';
import { type Calls, callsOf, newCookie, newSession } from './support/promised-calls.js';
import { engines, openStore } from './support/stores.js';

/** It has the same `get`, `set` and `destroy` as a store of express-session. */
const callsOn = (store: object): Calls => callsOf(store as Store);

describe('@fastify/session has it in its own store', () => {
  const open = async () => callsOn(new fastifySession.MemoryStore());
  testContract(open as () => Promise<StoreCalls>, newSession);
});

describe.each(engines)('%s', (engine) => {
  const open = async () => callsOn(createSessionStore({ store: await openStore(engine) }));
  testContract(open as () => Promise<StoreCalls>, newSession);

  let calls: Calls;

  beforeEach(async () => {
    calls = await open();
  });

  test.each([
    ['no end', null],
    ['false as its end', false],
    ['an invalid date', new Date(Number.NaN)],
    ['a text that is no date', 'tomorrow'],
    ['the last date there is', new Date(8.64e15)],
  ])('a session whose cookie has %s is found', async (_, expires) => {
    const cookie = { ...newCookie(), expires };
    await calls.set('endless', newSession({ a: 1 }, cookie as never));
    expect(await calls.get('endless')).toMatchObject({ a: 1 });
  });

  test.each([
    ['ended a moment ago', new Date(Date.now() - 1)],
    ['ended in 1970', new Date(0)],
    ['ended before there was time', new Date(-8.64e15)],
  ])('a session whose cookie %s is none', async (_, expires) => {
    await calls.set('ended', newSession());
    await calls.set('ended', newSession({}, newCookie({ expires })));
    expect(await calls.get('ended')).toBeFalsy();
  });
});
