// Who stands before whom: one that waits and is gone must not keep others from what is free.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore, type SharedStore, type SharedStoreOptions } from '@muster/store';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { leaseKey } from '../../dist/locks/leases/options.js';
import {
  type LeaseState,
  parseLeases,
  waitersAhead,
} from '../../dist/locks/procedures/lease-state.js';
import type { RootView } from '../../dist/open/root-view.js';

const NOW = 1_000_000;
const waiter = (name: string, until = NOW + 5_000) => `w ${name} ${until} 0 ${name}`;
const holder = (until: number) => `h held.1 ${until} 7 other`;
const claim = (by: number) => `h - 0 ${by} -`;

it.each([
  ['nothing is free: all count', [holder(NOW + 9), waiter('a'), waiter('b')], 1, ['a', 'b']],
  ['a lease has just ended', [holder(NOW), waiter('a'), waiter('b')], 1, ['a', 'b']],
  ['the first has let its time pass', [holder(NOW - 50), waiter('a'), waiter('b')], 1, ['b']],
  ['and the second', [holder(NOW - 100), waiter('a'), waiter('b')], 1, []],
  ['of two permits both may come at once', [holder(NOW - 50), waiter('a'), waiter('b')], 2, []],
  ['what was given back has its own time', [claim(NOW + 1), waiter('a')], 1, ['a']],
  ['which is over', [claim(NOW), waiter('a')], 1, []],
  [
    'one wants all, and cannot have it yet',
    [claim(NOW - 999), holder(NOW + 9), waiter('a.w1'), waiter('b')],
    9,
    ['a.w1', 'b'],
  ],
  [
    'one wants all, could have it, and let it pass',
    [claim(NOW), waiter('a.w1'), waiter('b')],
    9,
    ['b'],
  ],
  ['one that does not speak up does not count', [holder(NOW + 9), waiter('a', NOW)], 1, []],
])('before one who comes, when %s', (_, lines, permits, names) => {
  const state = parseLeases(['7', ...lines].join('\n'), NOW);
  expect(waitersAhead(state, -1, NOW, permits).map(({ id }) => id)).toEqual(names);
});

it('whoever let its time pass keeps its place, and is not asked again before it speaks up', () => {
  const state: LeaseState = parseLeases(`7\n${claim(NOW)}\n${waiter('a')}\n${waiter('b')}`, NOW);
  expect(waitersAhead(state, 1, NOW, 1)).toEqual([]);
  expect(state.waiters.map(({ id, until }) => [id, until > NOW])).toEqual([
    ['a', false],
    ['b', true],
  ]);
});

const folder = await mkdtemp(join(tmpdir(), 'muster-lines-'));
afterAll(() => rm(folder, { recursive: true }));

describe.each<[engine: string, options: SharedStoreOptions]>([
  ['embedded', { url: `lmdb:${folder}` }],
  ['redis', { url: inject('redisUrl'), keyPrefix: `muster-test:${randomUUID()}:` }],
])('on the %s engine', (_, options) => {
  const store = createSharedStore(options);
  afterAll(() => store.close());

  /** What is stored of it says so, where `at(ms)` is a time from now. */
  async function given(
    kind: 'lock' | 'semaphore',
    lines: (at: (ms: number) => number) => string[],
  ) {
    const name = randomUUID();
    const engine = await (store as RootView).opened();
    const text = lines((ms) => Date.now() + ms).join('\n');
    await engine.set(leaseKey(kind, name), text, 'never', 'always');
    return name;
  }
  const once = { waitMs: 0 };
  const take: Record<string, (of: SharedStore, name: string) => Promise<unknown>> = {
    lock: (of, name) => of.lock(name, once),
    semaphore: (of, name) => of.semaphore(name, { permits: 2 }).acquire(once),
  };

  it.each(['lock', 'semaphore'] as const)(
    'a %s that is free is not kept for a waiter that is gone',
    async (kind) => {
      const ended = await given(kind, (at) => [
        '7',
        holder(at(-1_000)),
        waiter('gone.1', at(60_000)),
      ]);
      await take[kind]?.(store, ended);
      const left = await given(kind, (at) => ['7', claim(at(-1)), waiter('gone.1', at(60_000))]);
      await take[kind]?.(store, left);
    },
  );

  it.each(['lock', 'semaphore'] as const)(
    'a %s that is free is kept for whoever is next, for a moment',
    async (kind) => {
      const name = await given(kind, (at) => [
        '7',
        claim(at(60_000)),
        waiter('first.1', at(60_000)),
        waiter('second.1', at(60_000)),
      ]);
      const refused = { code: 'MUSTER_LOCK_TIMEOUT' };
      await expect(take[kind]?.(store, name)).rejects.toMatchObject(refused);
    },
  );

  it('a token is above all that this process has seen, also where the store has lost them', async () => {
    // As by a server whose clock is 20 s ahead of the one that takes over.
    const name = await given('lock', (at) => [`${at(20_000)}`]);
    const { token } = await store.lock(name);
    const engine = await (store as RootView).opened();
    await engine.delete([leaseKey('lock', name)]);
    expect((await store.lock(name)).token).toBeGreaterThan(token);
  });
});
