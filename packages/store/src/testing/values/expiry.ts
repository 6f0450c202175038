// When entries end.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Expiry, SharedStore, StoreView } from '../../store.js';
import { type Case, refuses, sorted } from '../case.js';

/** Lifetime of what a test waits for. */
const SHORT_MS = 40;

export const expiry: Readonly<Record<string, Case>> = {
  'ttlMs ends an entry to the millisecond': ({ store, view }) =>
    endsOnTime(store, view, () => ({ ttlMs: 20 })),

  'expiresAt ends an entry to the millisecond': ({ store, view }) =>
    endsOnTime(store, view, () => ({ expiresAt: Date.now() + 20 })),

  'an expired entry is there for no call': async ({ view }) => {
    const all = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    await view.setMany(
      all.map((key) => [key, 1]),
      { ttlMs: SHORT_MS },
    );
    await view.set('stays', 1);
    await past(SHORT_MS);
    assert.deepEqual(
      await view.getMany(all),
      all.map(() => undefined),
    );
    assert.equal(await view.has('a'), false);
    assert.equal(await view.ttlMs('a'), undefined);
    assert.equal(await view.touch('a', { ttlMs: 60_000 }), false);
    assert.equal(await view.set('a', 2, { ifPresent: true }), false);
    assert.equal(await view.delete('a'), false);
    assert.deepEqual(await sorted(view.keys()), ['stays']);
    assert.equal(await view.set('b', 2, { ifAbsent: true }), true);
    assert.equal(await view.increment('c'), 1);
    assert.equal(
      await view.update('d', (current) => (current === undefined ? 'new' : 'old')),
      'new',
    );
    assert.equal(await view.deleteMany(['e']), 0);
    assert.equal(await view.getAndDelete('f'), undefined);
    assert.equal(await view.compareAndSet('g', 1, 2), false);
    assert.equal(await view.compareAndSet('g', undefined, 2), true);
    for (const key of ['b', 'c', 'd', 'g'])
      assert.equal(await view.ttlMs(key), Number.POSITIVE_INFINITY);
  },

  'ttlMs tells what is left': async ({ view }) => {
    await view.set('key', 1, { ttlMs: 60_000 });
    const left = (await view.ttlMs('key')) ?? 0;
    assert.ok(left > 50_000 && left <= 60_000, `${left}`);
    await view.set('key', 1, { expiresAt: Date.now() + 60_000 });
    assert.ok(((await view.ttlMs('key')) ?? 0) <= 60_000);
    await view.set('key', 1);
    assert.equal(await view.ttlMs('key'), Number.POSITIVE_INFINITY);
  },

  'touch moves the expiry both ways, takes it away, and keeps the value': async ({ view }) => {
    await view.set('key', { v: 1 }, { ttlMs: 60_000 });
    assert.equal(await view.touch('key', { ttlMs: 120_000 }), true);
    assert.ok(((await view.ttlMs('key')) ?? 0) > 100_000);
    assert.equal(await view.touch('key', { expiresAt: Date.now() + 60_000 }), true);
    assert.ok(((await view.ttlMs('key')) ?? 0) <= 60_000);
    assert.equal(await view.touch('key', { ttlMs: Number.POSITIVE_INFINITY }), true);
    assert.equal(await view.ttlMs('key'), Number.POSITIVE_INFINITY);
    assert.deepEqual(await view.get('key'), { v: 1 });
    assert.equal(await view.touch('key', { ttlMs: SHORT_MS }), true);
    await past(SHORT_MS);
    assert.equal(await view.get('key'), undefined);
  },

  'an entry that was touched outlives its first expiry': async ({ view }) => {
    do await view.set('key', 1, { ttlMs: SHORT_MS });
    while (
      // A machine that stands still may come too late.
      !(await view.touch('key', { ttlMs: 60_000 }))
    );
    await past(SHORT_MS);
    // Whatever removes expired entries gets its chance.
    for (let n = 0; n < 20; n++) await view.set(`other${n}`, 1);
    assert.equal(await view.get('key'), 1);
  },

  'a time that has passed removes the key': async ({ view }) => {
    for (const expiresAt of [Date.now(), Date.now() - 1, 1, 0, -1]) {
      await view.set('key', 1);
      assert.equal(await view.set('key', 2, { expiresAt }), true);
      assert.equal(await view.get('key'), undefined);
      await view.set('key', 1);
      assert.equal(await view.touch('key', { expiresAt }), true);
      assert.equal(await view.has('key'), false);
    }
    await view.set('key', 1);
    assert.equal(await view.set('key', 2, { expiresAt: 1, ifAbsent: true }), false);
    assert.equal(await view.get('key'), 1);
    assert.equal(await view.set('none', 2, { expiresAt: 1, ifPresent: true }), false);
  },

  'a namespace gives its ttlMs to what has none': async ({ store, unique }) => {
    const view = store.namespace(unique(), { ttlMs: 60_000 });
    await view.set('set', 1);
    await view.setMany([['many', 1]]);
    await view.increment('counted');
    await view.update('updated', () => 1);
    await view.set('touched', 1, { ttlMs: 1_000_000 });
    await view.touch('touched', {});
    for (const key of ['set', 'many', 'counted', 'updated', 'touched']) {
      const left = (await view.ttlMs(key)) ?? 0;
      assert.ok(left > 50_000 && left <= 60_000, `${key}: ${left}`);
    }
    await view.set('own', 1, { ttlMs: 1_000_000 });
    assert.ok(((await view.ttlMs('own')) ?? 0) > 900_000);
    await view.set('never', 1, { ttlMs: Number.POSITIVE_INFINITY });
    assert.equal(await view.ttlMs('never'), Number.POSITIVE_INFINITY);
  },

  'an expiry that is none is refused': async ({ view, store, unique }) => {
    const bad: Expiry[] = [
      { ttlMs: 0 },
      { ttlMs: -1 },
      { ttlMs: NaN },
      { ttlMs: '5' as unknown as number },
      { expiresAt: NaN },
      { expiresAt: new Date() as unknown as number },
      { ttlMs: 1, expiresAt: 1 },
    ];
    for (const options of bad) {
      await refuses(view.set('key', 1, options), 'MUSTER_INVALID_OPTION');
      await refuses(view.setMany([['key', 1]], options), 'MUSTER_INVALID_OPTION');
      await refuses(view.touch('key', options), 'MUSTER_INVALID_OPTION');
      await refuses(
        view.update('key', () => 1, options),
        'MUSTER_INVALID_OPTION',
      );
    }
    await refuses(view.increment('key', 1, { ttlMs: 0 }), 'MUSTER_INVALID_OPTION');
    await refuses(view.set('key', 1, { ifAbsent: true, ifPresent: true }), 'MUSTER_INVALID_OPTION');
    assert.throws(() => store.namespace(unique(), { ttlMs: 0 }), {
      code: 'MUSTER_INVALID_OPTION',
    });
    assert.equal(await view.has('key'), false);
  },

  'times beyond every calendar are never': async ({ view }) => {
    for (const options of [
      { ttlMs: Number.MAX_VALUE },
      { expiresAt: Number.MAX_SAFE_INTEGER },
      { expiresAt: Infinity },
    ]) {
      await view.set('key', 1, options);
      assert.equal(await view.ttlMs('key'), Number.POSITIVE_INFINITY);
    }
  },

  'a fraction of a millisecond counts as a whole one': async ({ view }) => {
    await view.set('key', 1, { ttlMs: 59_999.5 });
    assert.ok(((await view.ttlMs('key')) ?? 0) <= 60_000);
    await view.set('key', 1, { expiresAt: Date.now() + 60_000.5 });
    assert.equal(await view.get('key'), 1);
  },
};

/**
 * Reads until it is gone, again and again: seen whenever the read was over before the end, and not seen whenever it
 * began at the end or later.
 */
async function endsOnTime(
  { engine }: SharedStore,
  view: StoreView,
  options: () => Expiry,
): Promise<void> {
  // Where a ttlMs is counted by a clock of the engine's own, its milliseconds begin at other moments than those of the time of
  // day. And a read of Redis keeps a key until the clock is past its time; its sweep, since 7.4, until the clock shows it.
  const lateMs = options().ttlMs !== undefined ? 1 : 0;
  const earlyMs = engine === 'redis' ? 1 : lateMs;
  for (let round = 0; round < 20; round++) {
    const before = Date.now();
    const given = options();
    await view.set('key', round, given);
    const after = Date.now();
    const earliest = given.expiresAt ?? before + (given.ttlMs ?? 0);
    const latest = given.expiresAt ?? after + (given.ttlMs ?? 0);
    for (;;) {
      const start = Date.now();
      const value = await view.get('key');
      const end = Date.now();
      if (end < earliest - earlyMs) assert.equal(value, round, `gone ${earliest - end} ms early`);
      if (start >= latest + lateMs) {
        assert.equal(value, undefined, `there ${start - latest} ms late`);
        break;
      }
      await delay(1);
    }
  }
}

/** Waits until what was given a lifetime before this call is over, by the clock that decides it. */
async function past(ttlMs: number): Promise<void> {
  const until = Date.now() + ttlMs + 1;
  while (Date.now() < until) await delay(1);
}
