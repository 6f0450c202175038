// Locks, permits, leaderships and loads of processes that die, stand still, or are too busy.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSharedStore, type SharedStore, type SharedStoreOptions } from '@muster/store';
import { OWNER_ENV, ownerGone } from '@muster/store/cluster';
import { afterAll, describe, expect, inject, it, type TestContext, vi } from 'vitest';
import { WorkerProcess } from '../support/worker-process.js';

/** Not in the middle of a write of the embedded engine, where it would hold up all writers. */
async function stopBetweenWrites(worker: WorkerProcess, store: SharedStore): Promise<void> {
  for (;;) {
    worker.stop();
    const written = store.set('written', true);
    if (await Promise.race([written, delay(1_000, false)])) return;
    worker.go();
    await written;
  }
}

const folder = await mkdtemp(join(tmpdir(), 'muster-store-'));
/** For processes to work in, on a busy machine. */
const PATIENCE = { timeout: 20_000 };
/** So long that a test is over before: what is free earlier is so for another reason. */
const HOUR = 3_600_000;

afterAll(() => rm(folder, { recursive: true }));

describe.each<[engine: string, options: SharedStoreOptions]>([
  ['embedded', { url: `lmdb:${folder}/data` }],
  ['redis', { url: inject('redisUrl'), keyPrefix: `muster-test:${randomUUID()}:` }],
])('on the %s engine', { concurrent: true }, (_, options) => {
  async function bench(onTestFinished: TestContext['onTestFinished']) {
    const store = createSharedStore(options);
    const running = new Map<WorkerProcess, string>();
    onTestFinished(async () => {
      await Promise.all([...running.keys()].map((worker) => worker.kill()));
      await store.close();
    });
    const start = async () => {
      const owner = randomUUID();
      const how = { fixture: 'locker.js', env: { [OWNER_ENV]: owner } };
      const worker = await WorkerProcess.start(options, how);
      running.set(worker, owner);
      return worker;
    };
    /** As a primary does when one of its workers has ended. */
    const killAndTell = async (worker: WorkerProcess) => {
      await worker.kill();
      await ownerGone(store, running.get(worker) ?? '');
    };
    return { store, name: randomUUID(), start, killAndTell };
  }

  it('the lock of a killed worker is free as soon as its primary says so', async ({
    onTestFinished,
  }) => {
    const { store, name, start, killAndTell } = await bench(onTestFinished);
    const [holder, waiter] = await Promise.all([start(), start()]);
    const token = await holder.order('lock', { name, ttlMs: HOUR });
    const waiting = waiter.order('lock', { name, ttlMs: HOUR, waitMs: HOUR });
    await expect(store.lock(name, { waitMs: 50 })).rejects.toMatchObject({
      code: 'MUSTER_LOCK_TIMEOUT',
    });
    await killAndTell(holder);
    expect(await waiting).toBeGreaterThan(token as number);
    await killAndTell(waiter);
    // Also for who asks once, and has waited for nothing.
    expect(await (await store.lock(name, { waitMs: 0 })).release()).toBe(true);
  });

  it('the lock of a killed process is free when its lease ends', async ({ onTestFinished }) => {
    const { name, start } = await bench(onTestFinished);
    const [holder, waiter] = await Promise.all([start(), start()]);
    const token = await holder.order('lock', { name, ttlMs: 1_000 });
    const waiting = waiter.order('lock', { name, waitMs: HOUR });
    await holder.kill();
    expect(await waiting).toBeGreaterThan(token as number);
  });

  it('killed ones that waited are passed over, told of or not', async ({ onTestFinished }) => {
    const { store, name, start, killAndTell } = await bench(onTestFinished);
    const [first, second, third] = await Promise.all([start(), start(), start()]);
    const lock = await store.lock(name);
    for (const waiter of [first, second]) {
      waiter.order('lock', { name, waitMs: HOUR }).catch(() => {});
      // It stands in line when one that came after it has waited in vain.
      await expect(third.order('lock', { name, waitMs: 100 })).rejects.toThrow();
    }
    const waiting = third.order('lock', { name, waitMs: HOUR });
    await killAndTell(first);
    await second.kill();
    expect(await lock.release()).toBe(true);
    expect(await waiting).toBeGreaterThan(lock.token);
  });

  it('one whose event loop was blocked past its lease knows it at once, and is fenced off', async ({
    onTestFinished,
  }) => {
    const { store, name, start } = await bench(onTestFinished);
    const holder = await start();
    const token = (await holder.order('lock', { name, ttlMs: 500 })) as number;
    const blocked = holder.order('block', { name, ms: 1_500 });
    const next = await store.lock(name, { waitMs: HOUR });
    expect(next.token).toBeGreaterThan(token);
    const view = store.namespace('processes');
    const key = `key of ${name}`;
    await view.set(key, 'of the next one', { fence: next });
    expect(await blocked).toBe(true);
    await expect(holder.order('set', { name, key, value: 1 })).rejects.toThrow('MUSTER_FENCED');
    expect(await view.get(key)).toBe('of the next one');
    expect(await holder.order('release', { name })).toBe(false);
    expect(next.signal.aborted).toBe(false);
    expect(await next.release()).toBe(true);
  });

  it('one that stood still past its lease is fenced off, and knows it when it goes on', async ({
    onTestFinished,
  }) => {
    const { store, name, start } = await bench(onTestFinished);
    const holder = await start();
    const token = (await holder.order('lock', { name, ttlMs: 500 })) as number;
    await stopBetweenWrites(holder, store);
    const next = await store.lock(name, { waitMs: HOUR });
    expect(next.token).toBeGreaterThan(token);
    const late = holder.order('set', { name, key: name, value: 1 });
    const aborted = holder.order('isAborted', { name });
    holder.go();
    await expect(late).rejects.toThrow('MUSTER_FENCED');
    expect(await aborted).toBe(true);
    expect(await next.release()).toBe(true);
  });

  it('one that waited and stood still does not hold up the others', async ({ onTestFinished }) => {
    const { store, name, start } = await bench(onTestFinished);
    const [stopped, other] = await Promise.all([start(), start()]);
    const lock = await store.lock(name);
    const late = stopped.order('lock', { name, waitMs: HOUR });
    await expect(other.order('lock', { name, waitMs: 100 })).rejects.toThrow();
    await stopBetweenWrites(stopped, store);
    const waiting = other.order('lock', { name, waitMs: HOUR });
    await lock.release();
    const token = (await waiting) as number;
    stopped.go();
    await other.order('release', { name });
    expect(await late).toBeGreaterThan(token);
  });

  it('the permits of a killed worker are free, and those of the others are not', async ({
    onTestFinished,
  }) => {
    const { store, name, start, killAndTell } = await bench(onTestFinished);
    const [first, second] = await Promise.all([start(), start()]);
    const order = { name, permits: 2, ttlMs: HOUR };
    await first.order('acquire', order);
    await second.order('acquire', order);
    const semaphore = store.semaphore(name, { permits: 2 });
    const code = 'MUSTER_LOCK_TIMEOUT';
    await expect(semaphore.acquire({ waitMs: 0 })).rejects.toMatchObject({ code });
    await killAndTell(first);
    const permit = await semaphore.acquire({ waitMs: 0 });
    await expect(semaphore.acquire({ waitMs: 0 })).rejects.toMatchObject({ code });
    expect(await permit.release()).toBe(true);
    expect(await second.order('release', { name })).toBe(true);
  });

  it('when the leader is killed another one leads, and never two', async ({ onTestFinished }) => {
    const { name, start, killAndTell } = await bench(onTestFinished);
    const workers = await Promise.all([start(), start(), start()]);
    for (const worker of workers) await worker.order('lead', { name });
    const terms: number[] = [];
    while (workers.length > 0) {
      const leads = (worker: WorkerProcess) => worker.order('terms', {}) as Promise<number[]>;
      const led = await vi.waitFor(async () => {
        const found = await Promise.all(workers.map(leads));
        expect(found.some((one) => one.length > 0)).toBe(true);
        return found;
      }, PATIENCE);
      expect(led.filter((one) => one.length > 0)).toHaveLength(1);
      const leading = led.findIndex((one) => one.length > 0);
      terms.push(...(led[leading] ?? []));
      for (const worker of workers.splice(leading, 1)) await killAndTell(worker);
    }
    expect(terms).toHaveLength(3);
    expect(terms).toEqual(terms.toSorted((a, b) => a - b));
  });

  it.for([
    { how: 'at once where its primary says so', told: true },
    { how: 'when the lease of the load ends', told: false },
  ])('a load of a killed process is taken over $how', async ({ told }, { onTestFinished }) => {
    const { store, name, start, killAndTell } = await bench(onTestFinished);
    const [loader, waiter] = await Promise.all([start(), start()]);
    loader.order('load', { name, key: name, value: 0 }).catch(() => {});
    const view = store.namespace('processes');
    await vi.waitFor(async () => expect(await view.get(`loads of ${name}`)).toBe(1), PATIENCE);
    const waiting = [waiter, waiter].map((one) => one.order('load', { name, key: name, value: 2 }));
    const mine = store.cache(name).get(name, () => 2);
    await (told ? killAndTell(loader) : loader.kill());
    expect(await Promise.all([...waiting, mine])).toEqual([2, 2, 2]);
    expect(await waiter.order('load', { name, key: name, value: 3 })).toBe(2);
  });
});
