// inMemory() of `@muster/store/engine`: what it is given, and what that gives back, is what the contract says, or is refused.
import { createSharedStore } from '@muster/store';
import { type Change, inMemory, type MemoryOptions } from '@muster/store/engine';
import { describe, expect, it } from 'vitest';

const never = (value: unknown) => value as never;
const open = (options: Partial<MemoryOptions>) =>
  createSharedStore({ engine: inMemory({ kind: 'kept', ...options }) });
const FAILED = { code: 'MUSTER_STORE_FAILED' };
const ENTRY = { text: '1', expiresAt: Infinity };

it.each<[unknown, string]>([
  [undefined, 'there are kind, load, commit, close'],
  [{ kind: 'a', comit() {} }, 'did you mean commit?'],
  [{}, 'kind of an engine in memory is its name, and not undefined'],
  [{ kind: '' }, 'kind'],
  [{ kind: 5 }, 'the number 5'],
  [{ kind: 'a', commit: 'x' }, 'commit of an engine in memory is a function, and not the text "x"'],
  [{ kind: 'a', load: {} }, 'load of an engine in memory is a function'],
])('inMemory(%j) is refused: %s', (options, hint) => {
  expect(() => inMemory(never(options))).toThrow(hint);
});

describe('what load gives', () => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'gave undefined'],
    ['an object', { a: 1 }, 'gave an object'],
    ['a text', 'ab', 'gave the text'],
    ['a text that is none', [['a', { text: 5, expiresAt: Infinity }]], 'entry 1'],
    [
      'an end that is none',
      [
        ['a', ENTRY],
        ['b', { text: '1', expiresAt: NaN }],
      ],
      'entry 2',
    ],
    ['no end', [['a', { text: '"secret"' }]], 'Infinity'],
    ['no entry', [['a', null]], 'entry 1'],
    ['a key that is none', [[5, ENTRY]], 'entry 1'],
  ])('%s is refused', async (_, loaded, hint) => {
    await using store = open({ load: () => never(loaded) });
    await expect(store.get('a')).rejects.toThrow(hint);
    await expect(store.set('a', 1)).rejects.toMatchObject(FAILED);
    await expect(store.get('a')).rejects.not.toThrow('secret');
    expect(store.status).toBe('degraded');
  });

  it('what it throws is the cause, and the next call loads again', async () => {
    const cause = new Error('the disk');
    let isBroken = true;
    await using store = open({
      load() {
        if (isBroken) throw cause;
        return [[':a', ENTRY]];
      },
    });
    await expect(store.get('a')).rejects.toMatchObject({ ...FAILED, cause });
    isBroken = false;
    expect(await store.get('a')).toBe(1);
    expect(store.status).toBe('ready');
  });

  it('entries may come as a promise, of whatever can be iterated', async () => {
    await using store = open({ load: async () => new Map([[':a', ENTRY]]).entries() });
    expect(await store.get('a')).toBe(1);
  });
});

describe('nothing is acknowledged that was not kept', () => {
  it.each<[string, (changes: Change[]) => unknown]>([
    ['a promise', async () => {}],
    ['a promise that fails', () => Promise.reject(new Error('the disk'))],
    [
      'a throw of nothing',
      () => {
        throw undefined;
      },
    ],
    [
      'a change of the text',
      ([change]) => {
        Object.assign(change?.entry ?? {}, { text: '5' });
      },
    ],
    [
      'a change of the key',
      ([change]) => {
        Object.assign(change ?? {}, { key: ':b' });
      },
    ],
    [
      'a change of the list',
      (changes) => {
        changes.length = 0;
      },
    ],
  ])('%s', async (_, commit) => {
    await using store = open({ commit: never(commit) });
    await expect(store.set('a', 1)).rejects.toMatchObject(FAILED);
    await expect(store.increment('a')).rejects.toMatchObject(FAILED);
    expect(await store.get('a')).toBeUndefined();
  });

  it('commit may read its store, and not write there', async () => {
    const inner: Promise<unknown>[] = [];
    await using store = open({
      commit() {
        inner.push(store.get('a'));
        inner.push(store.increment('a').catch((error: Error) => error.message));
      },
    });
    expect(await store.increment('a')).toBe(1);
    expect(await Promise.all(inner)).toEqual([undefined, expect.stringContaining('its own store')]);
    expect(await store.get('a')).toBe(1);
  });
});

it('a candidate of an engine that does not open waits until it does', async () => {
  let isBroken = true;
  const engine = inMemory({ kind: 'kept' });
  const broken = {
    kind: 'kept',
    open(options: { deadlineMs: number }) {
      if (isBroken) throw new Error('the disk');
      return engine.open(options);
    },
  };
  await using store = createSharedStore({ engine: broken });
  let led = () => {};
  const leads = new Promise<void>((resolve) => {
    led = resolve;
  });
  await using leader = store.leader('first', led);
  await expect(store.get('a')).rejects.toMatchObject(FAILED);
  isBroken = false;
  await leads;
  await leader.stop();
});
