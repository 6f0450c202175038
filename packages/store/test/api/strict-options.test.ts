// What would be ignored is refused, and the message says what was probably meant.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore, type SharedStore } from '@muster/store';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'muster-store-'));
const store = createSharedStore({ url: `lmdb:${folder}` });
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const fn = () => 1;
const never = (value: unknown) => value as never;
const items = async (all: AsyncIterable<unknown>) => {
  for await (const _ of all);
};

const clearing = (what: { clear(): Promise<void> }, given: unknown) =>
  (what.clear as (given: unknown) => Promise<void>).call(what, given);
const onEvent = (event: string) => store.on(event as 'ready', fn);

/** Calls that take options, each with those options as they were given. */
const TAKERS: Record<string, (options: never, on: SharedStore) => unknown> = {
  createSharedStore: (options) => createSharedStore(options),
  namespace: (options, on) => on.namespace('a', options),
  set: (options, on) => on.set('kept', 2, options),
  setMany: (options, on) => on.setMany([['kept', 2]], options),
  increment: (options, on) => on.increment('kept', 1, options),
  update: (options, on) => on.update('kept', fn, options),
  compareAndSet: (options, on) => on.compareAndSet('kept', 1, 2, options),
  touch: (options, on) => on.touch('kept', options),
  keys: (options, on) => items(on.keys(options)),
  entries: (options, on) => items(on.entries(options)),
  count: (options, on) => on.count(options),
  clear: (options, on) => on.clear(options),
  'setMany, an entry': (options, on) => on.setMany([['kept', 2, options]]),
  watch: (options, on) => on.watch({ key: 'kept' }, fn, options),
  'watch, its target': (options, on) => on.watch(options, fn),
  rateLimit: (options, on) => on.rateLimit('a', options),
  'rateLimit.acquire': (options, on) =>
    on.rateLimit('a', { limit: 1, periodMs: 1 }).acquire('a', options),
  lock: (options, on) => on.lock('a', options),
  withLock: (options, on) => on.withLock('a', fn, options),
  semaphore: (options, on) => on.semaphore('a', options),
  'semaphore.acquire': (options, on) => on.semaphore('a', { permits: 1 }).acquire(options),
  'semaphore.withPermit': (options, on) =>
    on.semaphore('a', { permits: 1 }).withPermit(fn, options),
  leader: (options, on) => on.leader('a', fn, options),
  cache: (options, on) => on.cache('a', options),
  'cache.get': (options, on) => on.cache('a').get('a', fn, options),
};

async function refusal(call: () => unknown): Promise<string> {
  const error = await (async () => call())().then(
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
  ])('refuses %s, and does nothing', async (_, options) => {
    await store.set('kept', 1);
    expect(await refusal(() => call(never(options), store))).toMatch(/ takes | has no option /);
    expect(await store.get('kept')).toBe(1);
    expect(await store.ttlMs('kept')).toBe(Number.POSITIVE_INFINITY);
  });
});

it.each([
  ['set', 60, 'did you mean { ttlMs: 60 }'],
  ['set', 'EX', 'did you mean { ttlMs }, in milliseconds: 1000 for each second?'],
  ['set', 'NX', 'did you mean { ifAbsent }?'],
  ['set', { ttl: 60 }, 'did you mean ttlMs, in milliseconds?'],
  ['set', { EX: 60 }, 'did you mean ttlMs, in milliseconds: 1000 for each second?'],
  ['set', { PX: 60 }, 'did you mean ttlMs, in milliseconds?'],
  ['set', { nx: true }, 'did you mean ifAbsent?'],
  ['set', { NX: true }, 'did you mean ifAbsent?'],
  ['set', { XX: true }, 'did you mean ifPresent?'],
  ['set', { expiresIn: 5 }, 'did you mean ttlMs'],
  ['set', { expire: 5 }, 'did you mean ttlMs'],
  ['set', { ttlMS: 5 }, 'did you mean ttlMs?'],
  ['set', { expiresat: 5 }, 'did you mean expiresAt?'],
  ['set', { constructor: 5 }, 'there are ttlMs, expiresAt, ifAbsent, ifPresent, fence'],
  ['setMany', { ifAbsent: true }, 'there are ttlMs, expiresAt'],
  ['keys', 'user:*', 'did you mean { prefix: "user:" }? There are no patterns'],
  ['keys', 'user:', 'did you mean { prefix: "user:" }?'],
  ['keys', { prfix: 'user:' }, 'did you mean prefix?'],
  ['keys', { match: 'user:*' }, 'did you mean prefix? There are no patterns'],
  ['entries', { pattern: 'user:*' }, 'did you mean prefix? There are no patterns'],
  ['watch, its target', 'a', 'did you mean { key: "a" }?'],
  ['lock', { wait: 5 }, 'did you mean waitMs, in milliseconds?'],
  ['lock', { timeout: 5 }, 'did you mean waitMs, in milliseconds?'],
  ['lock', 5, 'did you mean { waitMs: 5 }'],
  ['semaphore', 3, 'did you mean { permits: 3 }?'],
  ['semaphore', { max: 3 }, 'did you mean permits?'],
  ['rateLimit', { points: 5, duration: 1 }, 'did you mean limit?'],
  ['rateLimit', { limit: 5, window: 1 }, 'did you mean periodMs, in milliseconds?'],
  ['cache', { ttl: 60 }, 'did you mean ttlMs, in milliseconds?'],
  ['cache.get', { ttl: 60 }, 'did you mean ttlMs, in milliseconds?'],
  ['cache.get', { tag: 'a' }, 'did you mean tags, an array?'],
  ['namespace', { ttl: 60 }, 'did you mean ttlMs, in milliseconds?'],
  ['createSharedStore', { uri: 'lmdb:a' }, 'did you mean url?'],
  ['createSharedStore', { path: 'a' }, "did you mean url: 'lmdb:' and the path?"],
  ['createSharedStore', { durabilty: 'disk' }, 'did you mean durability?'],
  ['createSharedStore', { timeout: 5 }, 'did you mean deadlineMs, in milliseconds?'],
  ['createSharedStore', { client: {} }, 'did you mean redis, an ioredis client or a URL?'],
  ['createSharedStore', { duplicate: fn }, 'give { redis: client }'],
  ['createSharedStore', { redis: { duplicate: fn, isOpen: false } }, 'is a client of node-redis'],
])('%s(%j): %s', async (name, options, hint) => {
  expect(await refusal(() => TAKERS[name]?.(never(options), store))).toContain(hint);
});

it('shows no URL that createSharedStore was given, as it may hold a password', async () => {
  const message = await refusal(() => createSharedStore(never('redis://:secret@localhost')));
  expect(message).toContain('give { url: … }');
  expect(message).not.toContain('secret');
});

it.each([
  ['ttlMs', () => store.set('a', 1, { ttlMs: never('5') }), 'the text "5"'],
  ['expiresAt', () => store.set('a', 1, { expiresAt: never(new Date()) }), 'an object'],
  ['ifAbsent', () => store.set('a', 1, { ifAbsent: never('yes') }), 'the text "yes"'],
  ['ifPresent', () => store.set('a', 1, { ifPresent: never(1) }), 'the number 1'],
  ['fence', () => store.set('a', 1, { fence: never(null) }), 'null'],
  ['fence', () => store.set('a', 1, { fence: never('lock') }), 'the text "lock"'],
  ['evictable', () => store.namespace('a', { evictable: never('no') }), 'the text "no"'],
  ['ttlMs', () => store.namespace('a', { ttlMs: never(null) }), 'null'],
  ['waitMs', () => store.lock('a', { waitMs: never(5n) }), 'the bigint 5'],
  ['deadlineMs', () => createSharedStore({ deadlineMs: never('5') }), 'the text "5"'],
  ['maxBytes', () => createSharedStore({ maxBytes: never(null) }), 'null'],
  ['keyPrefix', () => createSharedStore({ keyPrefix: never(5) }), 'the number 5'],
  ['durability', () => createSharedStore({ durability: never(true) }), 'true'],
])('names %s and shows what it was given', async (name, call, value) => {
  const message = await refusal(call);
  expect(message).toContain(name);
  expect(message).toContain(value);
});

it('touch needs the new expiry, and does not take the old one away', async () => {
  await store.set('a', 1, { ttlMs: 60_000 });
  for (const expiry of [undefined, {}, { ttlMs: undefined }]) {
    expect(await refusal(() => store.touch('a', never(expiry)))).toContain('give { ttlMs }');
  }
  expect(await store.ttlMs('a')).toBeLessThanOrEqual(60_000);
});

it('what is no prefix is refused by clear(), and nothing is deleted', async () => {
  await store.set('kept', 1);
  const view = store.namespace('cleared');
  await view.set('kept', 1);
  for (const cleared of [store, view]) {
    expect(await refusal(() => clearing(cleared, 'a*'))).toContain('{ prefix: "a" }');
    expect(await refusal(() => clearing(cleared, { pattern: 'a' }))).toContain('prefix?');
    await refusal(() => clearing(cleared, null));
  }
  expect([await store.has('kept'), await view.has('kept')]).toEqual([true, true]);
  const cache = store.cache('cleared');
  await cache.get('kept', () => 1);
  await refusal(() => clearing(cache, { tag: 'a' }));
  expect(await cache.get('kept', () => 2)).toBe(1);
});

it('on() knows its events', async () => {
  expect(await refusal(() => onEvent('degradedd'))).toContain('did you mean degraded?');
  expect(await refusal(() => onEvent('error'))).toContain('there are ready and degraded');
  expect(await refusal(() => onEvent('constructor'))).toContain('there are');
  await refusal(() => store.on('ready', never(undefined)));
});

it('options in the place of a number are told where they belong', async () => {
  const message = await refusal(() => store.increment('a', never({ ttlMs: 5 })));
  expect(message).toContain('options come third');
});

it.each<[string, (more: never) => Promise<unknown>]>([
  ['get', (more) => Reflect.apply(store.get, store, ['kept', more])],
  ['getMany', (more) => Reflect.apply(store.getMany, store, [['kept'], more])],
  ['getWithTtl', (more) => Reflect.apply(store.getWithTtl, store, ['kept', more])],
  ['has', (more) => Reflect.apply(store.has, store, ['kept', more])],
  ['hasMany', (more) => Reflect.apply(store.hasMany, store, [['kept'], more])],
  ['delete', (more) => Reflect.apply(store.delete, store, ['kept', more])],
  ['deleteMany', (more) => Reflect.apply(store.deleteMany, store, [['kept'], more])],
  ['ttlMs', (more) => Reflect.apply(store.ttlMs, store, ['kept', more])],
  ['getAndDelete', (more) => Reflect.apply(store.getAndDelete, store, ['kept', more])],
])('%s refuses what it would ignore, and does nothing', async (name, call) => {
  await store.set('kept', 1);
  expect(await refusal(() => call(never('other')))).toMatch(
    new RegExp(`${name}\\(\\) takes one argument, and not the text "other"`),
  );
  expect(await store.get('kept')).toBe(1);
  await call(never(undefined));
});

it('a fence may come from another copy of the package', async () => {
  const { key, id, name, token } = (await store.lock('copied')) as never;
  class Lock {
    key = key;
    id = id;
    name = name;
    token = token;
  }
  expect(await store.set('fenced', 1, { fence: never(new Lock()) })).toBe(true);
});

it('a range of a sorted set says by what it is, before what goes with that', async () => {
  const board = store.sortedSet('board');
  const by = (range: object) => refusal(() => board.range(never(range)));
  for (const range of [{ start: 0 }, { min: 0 }, { start: 0, by: 'place' }]) {
    expect(await by(range)).toContain("by is 'score' or 'rank', and not");
  }
  expect(await by({ by: 'score', start: 0 })).toContain('start');
  expect(await by({ by: 'rank', min: 0 })).toContain('min');
});
