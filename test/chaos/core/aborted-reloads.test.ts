// Reloads that end early: somebody takes them back, or a worker of a batch fails. Both under load, and at no one's cost.
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { aliveAmong, zombiesOf } from '../../support/processes.js';
import { round } from '../rounds.js';
import { Deployment, NO_FAILURES } from './deployment.js';

const { clients, times } = round({
  short: { clients: 4, times: 1 },
  full: { clients: 16, times: 10 },
});

/** Milliseconds for a worker that nobody needs any more to be gone, on a machine under load. */
const REST = { timeout: 60_000, interval: 50 };

/** Each slot has one process, and the primary has no other child. */
async function expectOneEach(deployment: Deployment, workers: number): Promise<void> {
  await vi.waitFor(async () => {
    const { operation, workers: seen } = await deployment.status();
    expect(operation).toBeUndefined();
    expect(seen.map(({ state }) => state)).toEqual(Array.from({ length: workers }, () => 'ready'));
    expect(aliveAmong(deployment.pids)).toHaveLength(workers);
  }, REST);
  expect(zombiesOf(deployment.child.pid as number)).toEqual([]);
}

test.each([
  { during: 'while the canary starts', event: 'workerStart', watchMs: 50, replaced: 0 },
  { during: 'while the canary is watched', event: 'workerReady', watchMs: 600_000, replaced: 0 },
  { during: 'when the first slot was replaced', event: 'workerExit', watchMs: 50, replaced: 1 },
])(
  'a reload that is taken back $during leaves the other workers as they are',
  async ({ event, watchMs, replaced }) => {
    await using deployment = await Deployment.start({ workers: 3, reload: { watchMs } });
    const load = await deployment.load(clients);
    for (let time = 0; time < times; time += 1) {
      const before = await deployment.servingPids();
      const happened = deployment.event(event);
      const ended = deployment.call('abortableReload').then(
        () => 'done',
        ({ message }) => message,
      );
      await happened;
      await deployment.call('abort', 'not today');
      expect(await ended).toBe('not today');
      await expectOneEach(deployment, 3);
      const after = await deployment.servingPids();
      expect(after.filter((pid, slot) => pid !== before[slot])).toHaveLength(replaced);
    }
    const { answered, ...failures } = await load.stop();
    expect(failures).toEqual(NO_FAILURES);
    expect(answered).toBeGreaterThan(0);
    expect(deployment.exits.filter(({ planned }) => !planned)).toEqual([]);
    if (watchMs > 1_000) return;
    expect(await deployment.call('reload')).toMatchObject({ replaced: [{}, {}, {}] });
  },
  60_000 + times * 60_000,
);

test('a reload of several at a time that fails late takes back every slot that it had replaced', async () => {
  await using deployment = await Deployment.start({
    workers: 5,
    reload: { watchMs: 100 },
    worker: 'current/app.mjs',
  });
  const { folder } = deployment;
  const good = await readFile(join(folder, 'first/app.mjs'), 'utf8');
  // The canary, then 1 and 2, then 3 and 4: the last batch has one that fails.
  await mkdir(join(folder, 'second'));
  await writeFile(
    join(folder, 'second/app.mjs'),
    `console.error('second release in ' + process.pid);
       // It takes its time to be gone.
       process.on('exit', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500));
       if (process.env.MUSTER_SLOT === '3') process.exit(7);
       ${good}`,
  );
  await symlink('second', join(folder, 'next'));
  const load = await deployment.load(clients);
  const [, , , three] = await deployment.servingPids();
  await rename(join(folder, 'next'), join(folder, 'current'));

  await expect(deployment.call('reload', { parallel: 2 })).rejects.toMatchObject({
    slot: 3,
    exitCode: 7,
    keptSlots: [],
    rolledBackSlots: expect.arrayContaining([0, 1, 2]),
  });
  const ofSecond = [...deployment.output().matchAll(/^second release in (\d+)$/gm)].map(([, pid]) =>
    Number(pid),
  );
  expect(aliveAmong(ofSecond)).toEqual([]);
  await expectOneEach(deployment, 5);
  const serving = await deployment.servingPids();
  expect(serving[3]).toBe(three);
  expect(ofSecond.length).toBeGreaterThanOrEqual(4);
  expect(serving.filter((pid) => ofSecond.includes(pid))).toEqual([]);
  const { answered, ...failures } = await load.stop();
  expect(failures).toEqual(NO_FAILURES);
  expect(answered).toBeGreaterThan(0);
}, 120_000);
