// Every public call refuses what it would ignore, also one that is added tomorrow.
import { createSharedStore } from '@muster/store';
import { inMemory } from '@muster/store/engine';
import { afterAll, describe, expect, it } from 'vitest';

const store = createSharedStore({ url: 'memory:public-calls' });
const lock = await store.lock('held');
const leader = store.leader('led', () => {});
afterAll(async () => {
  await leader.stop();
  await store.close();
});

const OBJECTS: Record<string, object> = {
  store,
  namespace: store.namespace('a'),
  cache: store.cache('a'),
  rateLimit: store.rateLimit('a', { limit: 1, periodMs: 1 }),
  sortedSet: store.sortedSet('a'),
  semaphore: store.semaphore('a', { permits: 1 }),
  readWriteLock: store.readWriteLock('a'),
  lock,
  leader,
};
/** Of the classes, and of no contract. */
const INTERNAL = [
  'constructor',
  'texts',
  'ownTexts',
  'unprefixed',
  'opened',
  'revoke',
  'giveBack',
  'lose',
  'drop',
];

const calls = Object.entries(OBJECTS).flatMap(([of, object]) =>
  methodsOf(object).map((name) => [`${of}.${name}`, object, name] as const),
);

function methodsOf(object: object): string[] {
  const prototype = Object.getPrototypeOf(object) as object;
  const above = Object.getPrototypeOf(prototype) as object;
  const own = Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, { value }]) => typeof value === 'function' && !INTERNAL.includes(name))
    .map(([name]) => name);
  return above === Object.prototype ? own : [...own, ...methodsOf(prototype)];
}

async function refusal(call: () => unknown): Promise<unknown> {
  try {
    const output = await call();
    await (output as Partial<AsyncIterator<unknown>> | undefined)?.next?.();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('arguments that would be ignored are refused', () => {
  it.each(calls)('%s', async (_, object, name) => {
    const method = Reflect.get(object, name) as (...args: unknown[]) => unknown;
    const call = () => method.call(object, 'a', 'b', 'c', 'd', 'e');
    expect(await refusal(call)).toMatchObject({
      code: 'MUSTER_INVALID_OPTION',
      message: expect.stringMatching(
        /\(\) takes (nothing|(one|two|three|four) arguments?), and not/,
      ),
    });
  });

  it('finds the calls of each', () => {
    expect(calls.length).toBeGreaterThan(60);
    expect(calls.map(([name]) => name)).toContain('cache.invalidateTag');
  });

  it.each<[string, () => unknown]>([
    ['createSharedStore()', () => Reflect.apply(createSharedStore, undefined, [{}, 5])],
    ['inMemory()', () => Reflect.apply(inMemory, undefined, [{ kind: 'a' }, 5])],
    ['An entry of setMany()', () => store.setMany([['a', 1, {}, 7] as never])],
  ])('%s', async (name, call) => {
    expect(await refusal(call)).toMatchObject({
      code: 'MUSTER_INVALID_OPTION',
      message: expect.stringContaining(`${name} takes`),
    });
  });

  it('and one that is undefined is as good as none', async () => {
    await store.set('kept', 1);
    expect(await Reflect.apply(store.get, store, ['kept', undefined])).toBe(1);
  });
});

it('compareAndSet refuses a next that was forgotten, and takes an undefined that was given', async () => {
  await store.set('kept', 1);
  const forgotten = () => Reflect.apply(store.compareAndSet, store, ['kept', 1]);
  expect(await refusal(forgotten)).toMatchObject({ code: 'MUSTER_INVALID_OPTION' });
  expect(await store.get('kept')).toBe(1);
  expect(await store.compareAndSet('kept', 1, undefined)).toBe(true);
  expect(await store.has('kept')).toBe(false);
});
