// Locks, fences and cache loads of processes that are killed and stopped at any moment: the tokens in the protected log
// strictly grow, every value is loaded once but for the loads of those that were killed or stopped, and nobody is held up.
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createSharedStore, type SharedStoreOptions } from '@muster/store';
import { OWNER_ENV, ownerGone } from '@muster/store/cluster';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { round } from '../rounds.js';

const { kills, stops } = round({ short: { kills: 6, stops: 1 }, full: { kills: 200, stops: 20 } });
const TIMEOUT_MS = round({ short: 90_000, full: 600_000 });
const MEMBERS = 4;
const MEMBER = fileURLToPath(new URL('member.js', import.meta.url));
/** Longer than the lease of the members. */
const STOPPED_MS = 2_500;
const PATIENCE = { timeout: 60_000, interval: 10 };

const random = (below: number) => Math.floor(Math.random() * below);

test.each(['embedded', 'redis'] as const)(
  'locks and loads of killed and stopped processes on the %s engine',
  async (engine) => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-chaos-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const options: SharedStoreOptions =
      engine === 'embedded'
        ? { url: `lmdb:${folder}` }
        : { url: inject('redisUrl'), keyPrefix: `muster-chaos:${randomUUID()}:` };
    const store = createSharedStore(options);
    onTestFinished(() => store.close());
    const log = store.namespace<number>('log');
    const violations: unknown[] = [];
    const members = new Map<ChildProcess, string>();

    const start = (): void => {
      const owner = randomUUID();
      const env = { ...process.env, STORE_OPTIONS: JSON.stringify(options), [OWNER_ENV]: owner };
      const member = fork(MEMBER, { env });
      member.on('message', (message) => violations.push(message));
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
    const length = async () => (await log.get('length')) ?? 0;
    /** Everybody but those who are gone or stand still goes on. */
    const goesOn = async () => {
      const before = await length();
      const since = performance.now();
      await vi.waitFor(async () => expect(await length()).toBeGreaterThan(before), PATIENCE);
      return performance.now() - since;
    };

    for (let n = 0; n < MEMBERS; n++) start();
    await goesOn();
    const stallsMs: number[] = [];
    for (let n = 0; n < kills; n++) {
      await delay(random(200));
      await kill(some());
      start();
      stallsMs.push(await goesOn());
      if (n % Math.ceil(kills / stops) !== 0) continue;
      const stopped = some();
      stopped.kill('SIGSTOP');
      await delay(STOPPED_MS);
      // Embedded, the one that stands still may hold the write lock, and then nobody writes until it goes on.
      if (engine === 'redis') await goesOn();
      stopped.kill('SIGCONT');
      await goesOn();
    }
    await Promise.all([...members.keys()].map(kill));

    const lines = await length();
    const tokens = await log.getMany(Array.from({ length: lines }, (_, n) => `line ${n}`));
    const grows = tokens.every((token, n) => n === 0 || Number(token) > Number(tokens[n - 1]));
    expect(grows).toBe(true);
    const epochs = Math.floor(lines / 10) + 1;
    const counts = await store
      .namespace<number>('counts')
      .getMany(Array.from({ length: epochs }, (_, epoch) => `loads of ${epoch}`));
    const loads = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
    const loaded = counts.filter((count) => count !== undefined).length;
    console.log(
      JSON.stringify({
        engine,
        kills,
        stops,
        lines,
        epochs: loaded,
        loads,
        worstStallMs: Math.max(...stallsMs),
      }),
    );
    expect(violations).toEqual([]);
    // Each of those that were killed or stopped may have been loading, and so was not the last one to.
    expect(loads - loaded).toBeLessThanOrEqual(kills + stops + MEMBERS);
    expect(lines).toBeGreaterThan(kills);
  },
  TIMEOUT_MS,
);
