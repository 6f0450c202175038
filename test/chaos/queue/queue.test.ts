// Queues and schedules of processes that are killed and stopped at any moment: every job that was acknowledged is done in the
// end, none ran twice at once, tokens grow, jobs ran again only where a process was killed or stopped; and each due time of the
// schedule had one run, or is counted as missed. A job that is added in a transaction is there exactly if the transaction is.
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createQueue, type Queue } from '@muster/queue';
import { createSharedStore, type SharedStoreOptions } from '@muster/store';
import { OWNER_ENV, ownerGone } from '@muster/store/cluster';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { round } from '../rounds.js';
import type { Hold } from '../store-history/exclusion.js';
import { faultsOf, type History, NO_FAULTS } from './history.js';

const { kills, stops } = round({ short: { kills: 6, stops: 1 }, full: { kills: 180, stops: 20 } });
const TIMEOUT_MS = round({ short: 180_000, full: 900_000 });
const MEMBERS = 3;
const CONCURRENCY = 4;
const EVERY_MS = 250;
const LEASE_MS = 2_000;
/** Longer than the lease. */
const STOPPED_MS = 2_500;
const MEMBER = fileURLToPath(new URL('member.js', import.meta.url));
const PATIENCE = { timeout: 60_000, interval: 20 };

/** The data of all jobs, sorted: the clocks of two processes may be a millisecond apart, and due times come before arrival. */
async function allWaiting(queue: Queue<number>): Promise<number[]> {
  const all: number[] = [];
  for (;;) {
    const page = await queue.waiting({ start: all.length, limit: 1_000 });
    all.push(...page.map(({ data }) => data));
    if (page.length === 0) return all.sort((a, b) => a - b);
  }
}

/** How the jobs ended, as the queue says. */
async function endsOf(queue: Queue<number>, ids: readonly string[]): Promise<History['ended']> {
  const ended: [string, 'done' | 'failed'][] = [];
  for (const id of ids) {
    const state = (await queue.get(id))?.state;
    if (state === 'done' || state === 'failed') ended.push([id, state]);
  }
  return new Map(ended);
}

const random = (below: number) => Math.floor(Math.random() * below);

test.each(['embedded', 'redis'] as const)(
  'jobs and schedules of killed and stopped processes on the %s engine',
  async (engine) => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-chaos-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const options: SharedStoreOptions =
      engine === 'embedded'
        ? { url: `lmdb:${folder}` }
        : { url: inject('redisUrl'), keyPrefix: `muster-chaos:${randomUUID()}:` };
    // A machine under load may take long to open it.
    const store = createSharedStore({ ...options, deadlineMs: PATIENCE.timeout });
    onTestFinished(() => store.close());
    const queue = createQueue<number>({ store, name: 'chaos', attempts: 1_000 });
    const holds: Hold[] = [];
    let lost = 0;
    const members = new Map<ChildProcess, string>();

    const start = (): void => {
      const owner = randomUUID();
      const settings = { EVERY_MS: `${EVERY_MS}`, LEASE_MS: `${LEASE_MS}` };
      const env = { STORE_OPTIONS: JSON.stringify(options), [OWNER_ENV]: owner, ...settings };
      const member = fork(MEMBER, { env: { ...process.env, ...env } });
      member.on('message', (message: Hold | { lost: string }) => {
        if ('token' in message) holds.push(message);
        else lost++;
      });
      members.set(member, owner);
    };
    const kill = async (member: ChildProcess): Promise<void> => {
      const owner = members.get(member) ?? '';
      members.delete(member);
      const exited = once(member, 'exit');
      member.kill('SIGKILL');
      await exited;
      await ownerGone(store, owner);
    };
    onTestFinished(async () => {
      await Promise.all([...members.keys()].map(kill));
    });
    const some = () => [...members.keys()][random(members.size)] as ChildProcess;
    let added = 0;
    /** As many as are done while one of them is killed, or about that. */
    const addSome = async (): Promise<void> => {
      const entries = Array.from({ length: 40 }, () => ({ data: 1, id: `${added++}` }));
      await queue.addMany(entries);
    };
    const goesOn = async () => {
      const { done } = await queue.counts();
      await addSome();
      await vi.waitFor(async () => {
        const now = await queue.counts();
        expect(now.done).toBeGreaterThan(done);
        // What waits in the end is to be done within the patience of this test.
        expect(now.waiting).toBeLessThan(1_000);
      }, PATIENCE);
    };

    for (let n = 0; n < MEMBERS; n++) start();
    await goesOn();
    for (let n = 0; n < kills; n++) {
      await addSome();
      await delay(random(150));
      await kill(some());
      start();
      await goesOn();
      if (n % Math.ceil(kills / stops) !== 0) continue;
      const stopped = some();
      stopped.kill('SIGSTOP');
      // Embedded, the one that stands still may hold the write lock, and then nobody writes until it goes on.
      if (engine === 'redis') await addSome();
      await delay(STOPPED_MS);
      stopped.kill('SIGCONT');
      await goesOn();
    }
    await vi.waitFor(async () => {
      const { waiting, delayed, running } = await queue.counts();
      expect({ waiting, delayed, running }).toEqual({ waiting: 0, delayed: 0, running: 0 });
    }, PATIENCE);

    await Promise.all([...members.keys()].map(kill));
    const orders = await store.get<number>('orders{outbox}');
    const outbox = await allWaiting(createQueue<number>({ store, name: 'outbox' }));
    const { done, failed } = await queue.counts();
    const counts = await store
      .namespace<number>('starts')
      .getMany(Array.from({ length: added }, (_, id) => `${id}`));
    const ids = counts.map((_, id) => `${id}`);
    const ended = await endsOf(queue, ids);
    const starts = new Map(counts.flatMap((count, id) => (count ? [[`${id}`, count]] : [])));
    const again = counts.reduce<number>((sum, count) => sum + (count ?? 0) - 1, 0);
    const dues = new Map<string, number>();
    for await (const [key, count] of store.namespace<number>('dues').entries())
      dues.set(key, count);
    const runs = [...dues.keys()].flatMap((key) =>
      key.startsWith('missed ') ? Number(key.slice(7)) : [],
    );
    runs.sort((a, b) => a - b);
    const [first = 0, last = 0] = [runs[0], runs.at(-1)];
    const missed = runs.slice(1).reduce((sum, due) => sum + (dues.get(`missed ${due}`) ?? 0), 0);
    console.log(
      JSON.stringify({
        engine,
        kills,
        stops,
        added,
        again,
        lost,
        orders,
        runs: runs.length,
        missed,
      }),
    );

    expect([done, failed]).toEqual([added, 0]);
    // The transaction that writes n + 1 adds n.
    expect(outbox).toEqual(Array.from({ length: orders ?? 0 }, (_, n) => n));
    expect(outbox.length).toBeGreaterThan(kills);
    // Of those that were killed or stopped while they ran, and of leases that ended while a process stood still: before its jobs
    // ended, which it tells, or before the store heard of it.
    const interrupted = (kills + stops + MEMBERS) * CONCURRENCY + lost;
    const history = { acknowledged: ids, ended, starts, holds, interrupted };
    expect(faultsOf(history)).toEqual(NO_FAULTS);
    const firsts = [...dues].filter(([key, count]) => key.startsWith('first ') && count > 1);
    expect(firsts).toEqual([]);
    // The runs of the newest due times may be under way.
    expect(runs.length).toBeGreaterThan(1);
    expect(runs.length + missed).toBeGreaterThanOrEqual((last - first) / EVERY_MS);
  },
  TIMEOUT_MS,
);
