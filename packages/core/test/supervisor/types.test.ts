// What must not compile. The types are the test: `tsc -p tsconfig.test.json` reads this file.
import {
  type Bus,
  type BusOptions,
  type BusStats,
  type Cache,
  type CacheGetOptions,
  type Cluster,
  type ClusterWorker,
  type Durability,
  type Member,
  onDrain,
  type RateLimit,
  type RateLimitVerdict,
  type ReloadResult,
  type RequestOptions,
  type ScoredMember,
  type SetOptions,
  type SharedStore,
  type SharedStoreOptions,
  type SortedSet,
  startCluster,
  type Target,
  type WorkerExit,
  type WorkerInfo,
} from '@muster/core';
import { expectTypeOf, test } from 'vitest';

test('who asks isPrimary has the cluster, and its events are typed', () => {
  const use = async () => {
    const cluster = await startCluster(() => {});
    expectTypeOf(cluster).toEqualTypeOf<Cluster | ClusterWorker>();
    // @ts-expect-error a worker has no workers
    cluster.workers();
    if (!cluster.isPrimary) return;
    expectTypeOf(cluster.workers()).toEqualTypeOf<WorkerInfo[]>();
    expectTypeOf(await cluster.reload({ role: 'web' })).toEqualTypeOf<ReloadResult>();
    const off = cluster.on('workerExit', (exit) => expectTypeOf(exit).toEqualTypeOf<WorkerExit>());
    expectTypeOf(off).toEqualTypeOf<() => void>();
    // @ts-expect-error no such event
    cluster.on('workerDied', () => {});
    // @ts-expect-error a count, or one for each role
    await cluster.scale('4');
  };
  expectTypeOf(use).returns.toEqualTypeOf<Promise<void>>();
});

test('a module as the worker gives the cluster alone, and options are checked', () => {
  const start = async () => {
    const cluster = await startCluster({ worker: new URL('./worker.js', import.meta.url) });
    expectTypeOf(cluster).toEqualTypeOf<Cluster>();
    await startCluster({
      roles: {
        web: { worker: './web.js', ready: 'listening', execArgv: ({ slot }) => [`--x=${slot}`] },
        // @ts-expect-error no such type of restart
        jobs: { worker: './jobs.js', restart: { type: 'always' } },
      },
    });
    // @ts-expect-error a cookie needs a name as text
    await startCluster({ worker: './web.js', sticky: { by: 'cookie', name: 1 } });
    // @ts-expect-error a cookie needs a name
    await startCluster({ worker: './web.js', sticky: { by: 'cookie' } });
    // @ts-expect-error an address has none
    await startCluster({ worker: './web.js', sticky: { by: 'ip', name: 'sid' } });
    // @ts-expect-error of the whole cluster, not of a role
    await startCluster({ roles: { web: { worker: './web.js', admin: { port: 1 } } } });
    expectTypeOf(onDrain(async () => {})).toEqualTypeOf<() => void>();
  };
  expectTypeOf(start).returns.toEqualTypeOf<Promise<void>>();
});

test('what the calls of a store and a bus take and give has a name', () => {
  expectTypeOf<Parameters<SharedStore['set']>[2]>().toEqualTypeOf<SetOptions | undefined>();
  expectTypeOf<Parameters<Cache['get']>[2]>().toEqualTypeOf<CacheGetOptions | undefined>();
  expectTypeOf<SharedStore['rateLimit']>().returns.toEqualTypeOf<RateLimit>();
  expectTypeOf<RateLimit['take']>().returns.resolves.toEqualTypeOf<RateLimitVerdict>();
  expectTypeOf<SortedSet['range']>().returns.resolves.toEqualTypeOf<ScoredMember[]>();
  expectTypeOf<SharedStoreOptions['durability']>().toEqualTypeOf<Durability | undefined>();
  expectTypeOf<Bus['self']>().toEqualTypeOf<Member>();
  // By name: what is missing would not compile.
  expectTypeOf<BusOptions | BusStats | RequestOptions | Target>().not.toBeAny();
});
