// An engine of one's own that hangs, lies or throws what it likes.
import { createSharedStore, type SharedStore, StoreError } from '@muster/store';
import { type Engine, type EngineDriver, inMemory } from '@muster/store/engine';
import { expect, it, onTestFinished, vi } from 'vitest';

/** Of what never settles. */
const DEADLINE_MS = 250;
/** Of what does. */
const LONG_MS = 20_000;

function never(): Promise<never> {
  return new Promise(() => {});
}

/** One in memory, with some of its methods replaced. */
function engineWith(methods: { readonly [Name in keyof Engine]?: unknown }): EngineDriver {
  const kind = 'evil';
  return {
    kind,
    async open(options) {
      const engine = await inMemory({ kind }).open(options);
      return new Proxy(engine, {
        get(target, name) {
          if (name in methods) return Reflect.get(methods, name);
          const method = Reflect.get(target, name);
          return typeof method === 'function' ? method.bind(target) : method;
        },
      });
    },
  };
}

function storeOn(engine: EngineDriver, deadlineMs = LONG_MS): SharedStore {
  const store = createSharedStore({ engine, deadlineMs });
  onTestFinished(() => store.close().catch(() => {}));
  return store;
}

const CALLS: Record<string, (store: SharedStore) => Promise<unknown>> = {
  get: (store) => store.get('key'),
  getMany: (store) => store.getMany(['key']),
  set: (store) => store.set('key', 1),
  setMany: (store) => store.setMany([['key', 1]]),
  hasMany: (store) => store.hasMany(['key']),
  delete: (store) => store.deleteMany(['key']),
  scan: (store) => store.count(),
  ready: (store) => store.ready(),
  watch: (store) => store.watch({ prefix: '' }, () => {}),
  close: async (store) => {
    await store.get('key');
    await store.close();
  },
};

it.for(Object.entries(CALLS))(
  '%s that never settles ends with the deadline',
  async ([method, call]) => {
    const isWrite = ['set', 'setMany', 'delete'].includes(method);
    const code = isWrite ? 'MUSTER_OUTCOME_UNKNOWN' : 'MUSTER_DEADLINE_EXCEEDED';
    const store = storeOn(engineWith({ [method]: never }), DEADLINE_MS);
    await expect(call(store)).rejects.toMatchObject({ code });
  },
);

it.for(Object.entries(CALLS))(
  '%s that throws fails with a StoreError, and the cause',
  async ([method, call]) => {
    const cause = new TypeError('boom');
    const fails = () => {
      throw cause;
    };
    const store = storeOn(engineWith({ [method]: fails }));
    await expect(call(store)).rejects.toMatchObject({ code: 'MUSTER_STORE_FAILED', cause });
  },
);

it('an output that throws when it is read fails with a StoreError, and the cause', async () => {
  const cause = new TypeError('no look');
  const hostile = new Proxy(
    {},
    {
      get(_, name) {
        if (name === 'then') return undefined;
        throw cause;
      },
    },
  );
  for (const method of ['scan', 'get', 'getMany', 'hasMany', 'delete']) {
    const store = storeOn(engineWith({ [method]: async () => hostile }));
    const call = CALLS[method] ?? never;
    await expect(call(store), method).rejects.toMatchObject({ code: 'MUSTER_STORE_FAILED' });
  }
  const store = storeOn(engineWith({ scan: async () => hostile }));
  await expect(store.count()).rejects.toMatchObject({ cause });
});

const RUNS: Record<string, (store: SharedStore) => Promise<unknown>> = {
  has: (store) => store.has('key'),
  increment: (store) => store.increment('key'),
  incrementWithTtl: (store) => store.increment('key', 1, { withTtl: true, max: 5 }),
  compareAndSet: (store) => store.compareAndSet('key', 1, 2),
  getWithTtl: (store) => store.getWithTtl('key'),
  getAndDelete: (store) => store.getAndDelete('key'),
  touch: (store) => store.touch('key', { ttlMs: 1_000 }),
  ttlMs: (store) => store.ttlMs('key'),
  take: (store) => store.rateLimit('limit', { limit: 1, periodMs: 1_000 }).take('id'),
  lock: (store) => store.lock('lock'),
  add: (store) => store.sortedSet('set').add('member', 1),
  range: (store) => store.sortedSet('set').range({ by: 'rank' }),
  count: (store) => store.sortedSet('set').count(),
};

it('believes no output that a procedure cannot give', async () => {
  const store = storeOn(engineWith({ run: async () => ({}) }));
  for (const [name, call] of Object.entries(RUNS)) {
    await expect(call(store), name).rejects.toMatchObject({ code: 'MUSTER_STORE_FAILED' });
  }
  const late = storeOn(engineWith({ run: never }), DEADLINE_MS);
  const settled = await Promise.allSettled(Object.values(RUNS).map((call) => call(late)));
  for (const result of settled) {
    expect(result).toMatchObject({ status: 'rejected', reason: expect.any(StoreError) });
  }
});

const LIES: readonly (readonly [method: string, lie: () => unknown])[] = [
  ['get', () => 5],
  ['getMany', async () => []],
  ['set', async () => 'OK'],
  ['delete', async () => Number.NaN],
  ['scan', async () => ({ keys: [], texts: [], cursor: 'same' })],
  ['scan', async () => ({ keys: [5], texts: [], cursor: undefined })],
];

it.for(LIES)('does not believe %s that lies', async ([method, lie]) => {
  const store = storeOn(engineWith({ [method]: lie }));
  await expect(CALLS[method]?.(store)).rejects.toMatchObject({ code: 'MUSTER_STORE_FAILED' });
});

it('does without it in a cache', async () => {
  for (const methods of [{ get: never }, { get: () => null }, { run: async () => ({}) }]) {
    const cache = storeOn(engineWith(methods), DEADLINE_MS).cache('cache');
    expect(await cache.get('key', () => 'loaded')).toBe('loaded');
  }
});

it('takes a change that none can be for anything', async () => {
  const uncaught = vi.fn();
  process.on('uncaughtException', uncaught);
  onTestFinished(() => void process.off('uncaughtException', uncaught));
  let tell = (_: unknown): void => {};
  const watch = async (_: string, listener: (changes: unknown) => void) => {
    tell = listener;
    return () => {
      throw new Error('no end');
    };
  };
  const heard: unknown[] = [];
  const store = storeOn(engineWith({ watch }));
  const unwatch = await store.watch({ prefix: '' }, (change) => heard.push(change.type));
  tell([5, null]);
  tell(undefined);
  await vi.waitFor(() => expect(heard).toContain('reset'));
  unwatch();
  expect(uncaught).not.toHaveBeenCalled();
});

it('is not opened where open() gives no engine', async () => {
  for (const given of [undefined, {}]) {
    const store = storeOn({ kind: 'evil', open: () => given as Engine });
    await expect(store.get('key')).rejects.toMatchObject({ code: 'MUSTER_STORE_FAILED' });
  }
});

it('does not wait for open() past the deadline, nor does close() or the end of a leader', async () => {
  let give = (_: Engine): void => {};
  const opening = new Promise<Engine>((resolve) => {
    give = resolve;
  });
  const store = storeOn({ kind: 'evil', open: () => opening }, DEADLINE_MS);
  const leader = store.leader('leader', () => {});
  await expect(store.get('key')).rejects.toMatchObject({ code: 'MUSTER_DEADLINE_EXCEEDED' });
  await leader.stop();
  await store.close();
  // It is closed when it comes.
  const close = vi.fn(async () => {});
  give(await engineWith({ close }).open({ deadlineMs: DEADLINE_MS }));
  await vi.waitFor(() => expect(close).toHaveBeenCalled());
});
