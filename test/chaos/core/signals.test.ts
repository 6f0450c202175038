import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerInfo } from '@muster/core';
import { expect, test, vi } from 'vitest';
import { aliveAmong, childrenOf, zombiesOf } from '../../support/processes.js';
import { round } from '../rounds.js';
import { Deployment, NO_FAILURES } from './deployment.js';

const { signals, clients } = round({
  short: { signals: 8, clients: 4 },
  full: { signals: 500, clients: 12 },
});

const minutes = Number(process.env.MUSTER_CHAOS_MINUTES ?? 0);
const singleMs = minutes > 0 ? minutes * 60_000 : round({ short: 0, full: 60_000 });

/** Milliseconds for what follows a signal to come to rest, on a machine under load. */
const REST = { timeout: 120_000, interval: 100 };

function pick<Item>(items: readonly Item[]): Item | undefined {
  return items[Math.floor(Math.random() * items.length)];
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone meanwhile.
  }
}

async function atRest(deployment: Deployment): Promise<void> {
  await vi.waitFor(async () => {
    const status = await deployment.status();
    expect(status.operation).toBeUndefined();
    expect(status.workers.every(({ state }) => state === 'ready')).toBe(true);
    expect(status.workers.length).toBe(status.roles[0]?.workers);
  }, REST);
}

/** Its children: over half an hour the system gives the number of a worker that is gone to other processes. */
function workersOf({ child, pids }: Deployment): number[] {
  return childrenOf(child.pid as number).filter((pid) => pids.has(pid));
}

/** Nothing is left of the cluster after a SIGTERM. */
async function endsWell(deployment: Deployment): Promise<void> {
  const workers = workersOf(deployment);
  deployment.child.kill('SIGTERM');
  expect(await deployment.exited).toEqual([0, null]);
  expect(aliveAmong(workers)).toEqual([]);
}

/** To the primary and to workers: all that ask for something, and none that ends a worker without a drain. */
const POLITE = [
  ['primary', 'SIGHUP'],
  ['primary', 'SIGTTIN'],
  ['primary', 'SIGTTOU'],
  ['worker', 'SIGTERM'],
  ['worker', 'SIGINT'],
  ['worker', 'SIGHUP'],
  ['worker', 'SIGTTIN'],
  ['worker', 'SIGTTOU'],
] as const;

test(
  'random signals under load drop no request, and leave nothing behind',
  async () => {
    await using deployment = await Deployment.start({ workers: 2, reload: { watchMs: 50 } });
    const load = await deployment.load(clients);
    const asked = new Set<number>();
    for (let sent = 0; sent < signals; sent += 1) {
      const [to, signal] = pick(POLITE) ?? POLITE[0];
      // A worker that is asked twice goes at once, and does not wait for who comes after it.
      const serving = (await deployment.servingPids()).filter((pid) => !asked.has(pid));
      const pid = to === 'primary' ? deployment.child.pid : pick(serving);
      if (pid !== undefined && signal === 'SIGTERM') asked.add(pid);
      if (pid !== undefined) process.kill(pid, signal);
      await sleep(Math.random() * 100);
    }
    await atRest(deployment);
    const { answered, ...failures } = await load.stop();
    console.log(JSON.stringify({ signals, workers: deployment.pids.size, answered, ...failures }));
    expect(failures).toEqual(NO_FAILURES);
    expect(answered).toBeGreaterThan(clients);
    const { workers } = await deployment.status();
    expect(aliveAmong(deployment.pids)).toHaveLength(workers.length);
    expect(zombiesOf(deployment.child.pid as number)).toEqual([]);
    await endsWell(deployment);
  },
  120_000 + signals * 2_000,
);

/**
 * One worker: whoever goes too early leaves nobody. `MUSTER_CHAOS_MINUTES` makes it as long as one likes; the cluster runs on
 * the Node that runs the test.
 */
test(
  'signals to a single worker and to those that are about to take over drop no request',
  async () => {
    await using deployment = await Deployment.start({ workers: 1, reload: { watchMs: 50 } });
    const load = await deployment.load(clients);
    const ends = performance.now() + singleMs;
    // At one that has just become ready: it is about to take over.
    const term = ({ pid }: WorkerInfo) => {
      if (Math.random() < 0.5) signalIfAlive(pid, 'SIGTERM');
    };
    const off = [deployment.on('workerReady', term), deployment.on('workerExit', hangUp)];
    function hangUp() {
      if (Math.random() < 0.5) deployment.child.kill('SIGHUP');
    }
    let sent = 0;
    for (; performance.now() < ends || sent < 6; sent += 1) {
      const burst = Math.random() < 0.2 ? 5 : 1;
      for (let more = 0; more < burst; more += 1) deployment.child.kill('SIGHUP');
      for (const pid of await deployment.servingPids()) {
        for (let more = 0; more < burst; more += 1) signalIfAlive(pid, 'SIGTERM');
      }
      await sleep(Math.random() * 300);
    }
    for (const end of off) end();
    await atRest(deployment);
    const { answered, ...failures } = await load.stop();
    const node = process.version;
    console.log(
      JSON.stringify({ node, sent, workers: deployment.pids.size, answered, ...failures }),
    );
    expect(failures).toEqual(NO_FAILURES);
    expect(answered).toBeGreaterThan(clients);
    expect(deployment.exits.filter(({ planned }) => !planned)).toEqual([]);
    expect(workersOf(deployment)).toHaveLength(1);
    await endsWell(deployment);
  },
  120_000 + 2 * singleMs,
);

test(
  'workers killed at random cost what they were answering, and no more',
  async () => {
    const restart = { minDelayMs: 10, maxDelayMs: 50 };
    await using deployment = await Deployment.start({
      workers: 4,
      restart,
      reload: { watchMs: 50 },
    });
    const load = await deployment.load(clients);
    const killed = new Set<number>();
    for (let sent = 0; sent < signals; sent += 1) {
      // The primary may not know yet of the last one.
      const serving = (await deployment.servingPids()).filter((pid) => !killed.has(pid));
      const victim = pick(serving);
      // One of the others may be asked to leave at this moment, for a successor that the kill hits.
      if (victim !== undefined && serving.length > 2) {
        process.kill(victim, pick(['SIGKILL', 'SIGUSR2', 'SIGSEGV'] as const) ?? 'SIGKILL');
        killed.add(victim);
      }
      if (sent % 10 === 0) deployment.child.kill('SIGHUP');
      await sleep(Math.random() * 100);
    }
    await atRest(deployment);
    const { answered, resets, codes, ...failures } = await load.stop();
    const kills = killed.size;
    console.log(JSON.stringify({ kills, workers: deployment.pids.size, answered, codes }));
    // Each client asks for one thing at a time, and a kill cannot take more than all of these.
    expect(resets).toBeLessThanOrEqual(kills * clients);
    expect(failures).toMatchObject({ refused: 0, timeouts: 0, other: 0 });
    expect(zombiesOf(deployment.child.pid as number)).toEqual([]);
    await endsWell(deployment);
  },
  120_000 + signals * 2_000,
);

test('reload, scale and restart asked for at once are done one after the other', async () => {
  await using deployment = await Deployment.start({ workers: 2, reload: { watchMs: 50 } });
  const load = await deployment.load(clients);
  const begun = deployment.event('workerStart');
  const reload = deployment.call<{ replaced: object[] }>('reload');
  await begun;
  const [first, , second, third] = await Promise.all([
    reload,
    deployment.call('scale', 4),
    deployment.call<{ replaced: object[] }>('reload'),
    deployment.call<{ replaced: object[] }>('reload'),
    deployment.call('restartWorker', 1),
    deployment.call('scale', 3),
  ]);
  expect(first.replaced).toHaveLength(2);
  expect(second.replaced).toHaveLength(4);
  // Two that wait for the same share it.
  expect(third).toEqual(second);
  const { answered, ...failures } = await load.stop();
  expect(failures).toEqual(NO_FAILURES);
  expect(answered).toBeGreaterThan(0);
  const { workers } = await deployment.status();
  expect(workers.map(({ slot, generation }) => [slot, generation])).toEqual([
    [0, 3],
    [1, 4],
    [2, 2],
  ]);
  await endsWell(deployment);
});

test.each([
  { during: 'while the canary starts', event: 'workerStart', watchMs: 50 },
  { during: 'while the canary is watched', event: 'workerReady', watchMs: 60_000 },
  { during: 'while a worker drains', event: 'workerExit', watchMs: 50 },
])('a stop during a reload ends it, $during', async ({ event, watchMs }) => {
  await using deployment = await Deployment.start({ workers: 2, reload: { watchMs } });
  const happened = deployment.event(event);
  const ended = deployment.call('reload').then(
    () => 'done',
    ({ code }) => code,
  );
  await happened;
  await endsWell(deployment);
  expect(await ended).toBe('MUSTER_CLUSTER_STOPPED');
});

test.each(['workerStart', 'workerReady', 'workerExit'])(
  'a primary that is killed during a reload leaves no orphan (after %s)',
  async (event) => {
    await using deployment = await Deployment.start({ workers: 2, reload: { watchMs: 300 } });
    const happened = deployment.event(event);
    void deployment.call('reload').catch(() => {});
    await happened;
    deployment.child.kill('SIGKILL');
    await deployment.exited;
    await vi.waitFor(() => expect(aliveAmong(deployment.pids)).toEqual([]), REST);
  },
);

test('a worker that cannot notice the end of its primary is ended all the same', async () => {
  await using deployment = await Deployment.start({
    workers: 3,
    drain: { timeoutMs: 500 },
    env: { SPIN_ON_SIGNAL: 'yes' },
  });
  const [stopped, spinning] = await deployment.servingPids();
  process.kill(stopped as number, 'SIGSTOP');
  process.kill(spinning as number, 'SIGWINCH');
  await vi.waitFor(() => expect(deployment.output()).toContain('spinning'), REST);
  deployment.child.kill('SIGKILL');
  await deployment.exited;
  await vi.waitFor(() => expect(aliveAmong(deployment.pids)).toEqual([]), REST);
}, 120_000);

test('a role that crashes again and again stops, the others serve, and a reload brings it back', async () => {
  await using deployment = await Deployment.start({
    roles: {
      web: { workers: 2 },
      jobs: { workers: 1, worker: 'first/app.mjs', env: { PORT: '0' } },
    },
    restart: { giveUp: { maxCrashes: 4 }, minDelayMs: 10, maxDelayMs: 20 },
    reload: { watchMs: 50 },
  });
  const load = await deployment.load(clients);
  await deployment.deploy('process.exit(9);', 'first/app.mjs');
  const stopped = deployment.event('roleStopped');
  const { workers } = await deployment.status();
  const jobs = workers.find(({ role }) => role === 'jobs');
  process.kill(jobs?.pid as number, 'SIGKILL');
  expect(await stopped).toMatchObject({ role: 'jobs', reason: expect.stringMatching(/crash 4/) });
  expect((await deployment.status()).roles).toEqual([
    { role: 'web', workers: 2, ready: 2, state: 'running' },
    { role: 'jobs', workers: 1, ready: 0, state: 'stopped' },
  ]);
  await expect(deployment.call('reload', { role: 'jobs' })).rejects.toMatchObject({
    role: 'jobs',
    exitCode: 9,
  });
  for (const counts of [{ web: 0 }, { web: 0, jobs: 1 }]) {
    await expect(deployment.call('scale', counts)).rejects.toThrow(/no worker would be left/);
  }
  await deployment.deploy(undefined, 'first/app.mjs');
  await deployment.call('reload', { role: 'jobs' });
  expect((await deployment.status()).roles[1]).toMatchObject({ ready: 1, state: 'running' });
  const { answered, ...failures } = await load.stop();
  expect(failures).toEqual(NO_FAILURES);
  expect(answered).toBeGreaterThan(0);
});
