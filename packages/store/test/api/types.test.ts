// Checked by the type checker (`pnpm check:types`); at run time nothing is called.
import type {
  Cache,
  IncrementOptions,
  Lock,
  SharedStore,
  StoreChange,
  StoreView,
  TargetOptions,
  UntypedView,
} from '@muster/store';
import type { Cluster, Redis } from 'ioredis';
import type { Cluster as Cluster5, Redis as Redis5 } from 'ioredis-5';
import { expectTypeOf, it } from 'vitest';

it('an increment can only be refused where it has bounds', () => {
  expectTypeOf((view: StoreView) => view.increment('key')).returns.resolves.toEqualTypeOf<number>();
  expectTypeOf((view: StoreView) =>
    view.increment('key', 1, { ttlMs: 1 }),
  ).returns.resolves.toEqualTypeOf<number>();
  expectTypeOf((view: StoreView) =>
    view.increment('key', 1, { min: 0 }),
  ).returns.resolves.toEqualTypeOf<number | undefined>();
  expectTypeOf((view: StoreView, options: IncrementOptions) =>
    view.increment('key', 1, options),
  ).returns.resolves.toEqualTypeOf<number | undefined>();
});

interface User {
  name: string;
}

it('a namespace gives and takes values of its type', () => {
  const users = (store: SharedStore) => store.namespace<User>('users');
  expectTypeOf(users).returns.toEqualTypeOf<StoreView<User>>();
  type Users = StoreView<User>;
  expectTypeOf<Users['get']>().returns.resolves.toEqualTypeOf<User | undefined>();
  expectTypeOf<Users['set']>().parameter(1).toEqualTypeOf<User>();
  expectTypeOf((view: Users) =>
    view.watch({ key: 'a' }, (change) => change),
  ).returns.resolves.toEqualTypeOf<() => void>();
  expectTypeOf<Parameters<Parameters<Users['watch']>[1]>[0]>().toEqualTypeOf<StoreChange<User>>();
  // @ts-expect-error a target is a key or a prefix
  expectTypeOf((view: Users) => view.watch({ key: 'a', prefix: 'b' }, () => {})).returns.resolves;
  // @ts-expect-error it has no such field
  expectTypeOf((view: Users) => view.set('a', { age: 1 })).returns.resolves;
});

it('what is done under a lock gives what it gives', () => {
  expectTypeOf((store: SharedStore) => store.lock('a')).returns.resolves.toEqualTypeOf<Lock>();
  expectTypeOf((store: SharedStore) =>
    store.withLock('a', async ({ token }) => ({ token })),
  ).returns.resolves.toEqualTypeOf<{ token: number }>();
  expectTypeOf((store: SharedStore) =>
    store.semaphore('a', { permits: 2 }).withPermit(() => 'text'),
  ).returns.resolves.toEqualTypeOf<string>();
  expectTypeOf<Lock['signal']>().toEqualTypeOf<AbortSignal>();
});

it('a cache gives values of its type, and nothing where its load may find nothing', () => {
  expectTypeOf((cache: Cache<User>, user: User) =>
    cache.get('a', () => user),
  ).returns.resolves.toEqualTypeOf<User>();
  expectTypeOf((cache: Cache<User>, user: User | undefined) =>
    cache.get('a', async () => user),
  ).returns.resolves.toEqualTypeOf<User | undefined>();
  expectTypeOf((cache: Cache<User>, user: User | null) =>
    cache.get('a', async () => user),
  ).returns.resolves.toEqualTypeOf<User | null>();
  expectTypeOf((store: SharedStore) => store.cache<User>('users')).returns.toEqualTypeOf<
    Cache<User>
  >();
  // @ts-expect-error that is no user
  expectTypeOf((cache: Cache<User>) => cache.get('a', () => 1)).returns.resolves;
});

it('a view without a type gives what its caller says, and computes with what it has', () => {
  expectTypeOf((store: SharedStore) => store.get('a')).returns.resolves.toEqualTypeOf<unknown>();
  expectTypeOf((store: SharedStore) => store.get<number>('a')).returns.resolves.toEqualTypeOf<
    number | undefined
  >();
  expectTypeOf((store: SharedStore) => store.getMany<number>(['a'])).returns.resolves.toEqualTypeOf<
    (number | undefined)[]
  >();
  expectTypeOf((store: SharedStore) => store.namespace('a')).returns.toEqualTypeOf<UntypedView>();
  expectTypeOf((store: SharedStore) =>
    store.update('list', (list = []) => [...list, 'more']),
  ).returns.resolves.toBeAny();
  expectTypeOf((view: UntypedView) =>
    view.update('list', (list: string[] = []) => [...list, 'more']),
  ).returns.resolves.toEqualTypeOf<string[] | undefined>();
  expectTypeOf((view: UntypedView) =>
    view.update<number>('count', async (count = 0) => count + 1),
  ).returns.resolves.toEqualTypeOf<number | undefined>();
  // What it takes, a view of any type does.
  const users = (store: SharedStore): StoreView<User> => store.namespace('users');
  expectTypeOf(users).toBeFunction();
});

it('a cache without a type gives what its loads give', () => {
  expectTypeOf((store: SharedStore, user: User) =>
    store.cache('users').get('a', () => user),
  ).returns.resolves.toEqualTypeOf<User>();
  expectTypeOf((store: SharedStore, user: User | undefined) =>
    store.cache('users').get('a', async () => user),
  ).returns.resolves.toEqualTypeOf<User | undefined>();
  expectTypeOf((store: SharedStore) =>
    store.cache('counts').get('a', () => 1),
  ).returns.resolves.toEqualTypeOf<number>();
});

it('an option may be undefined, as one from the environment is', () => {
  expectTypeOf<{ url: string | undefined }>().toExtend<TargetOptions>();
  expectTypeOf((view: StoreView, ttlMs: number | undefined) =>
    view.set('a', 1, { ttlMs, ifAbsent: undefined }),
  ).returns.resolves.toEqualTypeOf<boolean>();
  expectTypeOf((store: SharedStore, signal: AbortSignal | undefined) =>
    store.lock('a', { signal }),
  ).returns.resolves.toEqualTypeOf<Lock>();
});

it('a client is one of ioredis, 5 or 6', () => {
  expectTypeOf<Redis | Cluster | Redis5 | Cluster5>().toExtend<
    NonNullable<TargetOptions['redis']>
  >();
  expectTypeOf<{ isOpen: boolean; duplicate(): unknown; options: object }>().not.toExtend<
    NonNullable<TargetOptions['redis']>
  >();
});
