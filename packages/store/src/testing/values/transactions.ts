// transaction, alone and against others. Keys share a hash tag, as a Redis Cluster wants it.
import assert from 'node:assert/strict';
import type { StoreView } from '../../store.js';
import { type Case, refuses } from '../case.js';

const [A, B, C] = ['a{t}', 'b{t}', 'c{t}'] as const;

export const transactions: Readonly<Record<string, Case>> = {
  'values come in the order of the keys, and go so': async ({ view }) => {
    await view.set(A, { n: 1 });
    await view.set(C, 'stays', { ttlMs: 60_000 });
    const output = await view.transaction([B, A, C], (values) => {
      assert.deepEqual(values, [undefined, { n: 1 }, 'stays']);
      return ['new', undefined, 'stays'];
    });
    assert.deepEqual(output, ['new', undefined, 'stays']);
    assert.deepEqual(await view.getMany([A, B, C]), [undefined, 'new', 'stays']);
    assert.equal(await view.ttlMs(B), Infinity);
    assert.ok(((await view.ttlMs(C)) ?? Infinity) <= 60_000);
  },

  'an expiry is for all that it writes; without one a key keeps what it has': async ({
    store,
    unique,
  }) => {
    const view = store.namespace(unique(), { ttlMs: 60_000 });
    await view.set(A, 1, { ttlMs: Infinity });
    await view.transaction(new Set([A, B]), async () => [2, 2]);
    assert.equal(await view.ttlMs(A), Infinity);
    assert.ok(((await view.ttlMs(B)) ?? Infinity) <= 60_000);
    await view.transaction([A, B], (values) => values, { ttlMs: Infinity });
    assert.deepEqual([await view.ttlMs(A), await view.ttlMs(B)], [Infinity, Infinity]);
  },

  'nothing changes where it gives nothing, or throws, or one value cannot be stored': async ({
    view,
  }) => {
    await view.set(A, 1);
    assert.equal(await view.transaction([A, B], () => undefined), undefined);
    const reason = new Error('mine');
    const fail = () => {
      throw reason;
    };
    await assert.rejects(view.transaction([A, B], fail), reason);
    await refuses(
      view.transaction([A, B], () => [2, () => 1]),
      'MUSTER_UNSUPPORTED_VALUE',
    );
    for (const none of [null, 'ab', [1], [1, 2, 3], 5] as never[]) {
      await refuses(
        view.transaction([A, B], () => none),
        'MUSTER_INVALID_OPTION',
      );
    }
    assert.deepEqual(await view.getMany([A, B]), [1, undefined]);
  },

  'what is no list of keys is refused': async ({ view }) => {
    const same = (values: unknown[]) => values;
    for (const keys of ['ab', [], [A, A], null, 5] as never[]) {
      await refuses(view.transaction(keys, same), 'MUSTER_INVALID_OPTION');
    }
    await refuses(view.transaction([A, ''], same), 'MUSTER_INVALID_KEY');
    await refuses(view.transaction([A], 'text' as never), 'MUSTER_INVALID_OPTION');
    await refuses(view.transaction([A], same, { ttl: 1 } as never), 'MUSTER_INVALID_OPTION');
  },

  'money is moved by many at once, and none of it is lost or made': async ({
    store,
    another,
    unique,
  }) => {
    const name = unique();
    const views: StoreView<number>[] = [store, await another()].map((one) => one.namespace(name));
    const accounts = [A, B, C];
    await views[0]?.setMany(accounts.map((key) => [key, 100]));
    const sums: number[] = [];
    const moves = Array.from({ length: 60 }, async (_, n) => {
      const view = views[n % 2] as StoreView<number>;
      const [from, to] = [accounts[n % 3] as string, accounts[(n + 1 + (n % 2)) % 3] as string];
      await view.transaction([from, to], async ([a = 0, b = 0]) => {
        if (n % 7 === 0) await null;
        return [a - n, b + n];
      });
      const all = await view.getMany(accounts);
      sums.push(all.reduce<number>((sum, value) => sum + (value ?? 0), 0));
    });
    await Promise.all(moves);
    assert.deepEqual([...new Set(sums)], [300]);
  },

  'it takes its turn among updates of the same process': async ({ view }) => {
    await view.set(A, []);
    const append = (n: number) => (list: unknown) => [...(list as number[]), n];
    await Promise.all([
      view.update(A, append(1)),
      view.transaction([B, A], ([, list]) => ['b', append(2)(list)]),
      view.update(A, append(3)),
    ]);
    assert.deepEqual(await view.get(A), [1, 2, 3]);
  },

  'one that does not end in time has changed nothing': async ({ another, unique }) => {
    const never = new Promise<never>(() => {});
    // A busy machine may need longer until the function runs.
    for (const deadlineMs of [50, 2_000, 20_000]) {
      const name = unique();
      let hasRun = false;
      const fault = await (await another({ deadlineMs }))
        .namespace(name)
        .transaction([A, B], () => {
          hasRun = true;
          return never;
        })
        .then(
          () => undefined,
          (error: { code?: string }) => error.code,
        );
      if (!hasRun && deadlineMs < 20_000) continue;
      assert.equal(fault, 'MUSTER_DEADLINE_EXCEEDED');
      const later = (await another({})).namespace(name);
      assert.deepEqual(await later.getMany([A, B]), [undefined, undefined]);
      return;
    }
  },

  'functions that update the keys of each other end by the deadline, which names both': async ({
    another,
    unique,
  }) => {
    const named = (error: Error) => [A, B].every((key) => error.message.includes(`"${key}"`));
    // A busy machine may need longer until both functions run.
    for (const deadlineMs of [500, 2_000, 10_000]) {
      const view = (await another({ deadlineMs })).namespace<number>(unique());
      let running = 0;
      let go = (): void => {};
      const bothRun = new Promise<void>((resolve) => {
        go = resolve;
      });
      const entangle = (own: string, other: string) =>
        view.update(own, async () => {
          if (++running === 2) go();
          await bothRun;
          await view.update(other, (n = 0) => n + 1);
          return 1;
        });
      const ends = await Promise.allSettled([entangle(A, B), entangle(B, A)]);
      // The end of the first one sets the other free.
      const [error] = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
      assert.equal(error.code, 'MUSTER_DEADLINE_EXCEEDED');
      if (named(error)) return;
    }
    assert.fail('the error did not name both keys');
  },
};
