import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkerInfo } from '@muster/core';
import { expect, test } from 'vitest';
import { aliveAmong } from '../../support/processes.js';
import { round } from '../rounds.js';
import { Deployment, NO_FAILURES } from './deployment.js';

const { times, clients } = round({
  short: { times: 1, clients: 2 },
  full: { times: 10, clients: 16 },
});

/** Milliseconds; a start on a machine under load takes a third of it. */
const READY_MS = 10_000;
/** Longer than anything here takes: what is watched fails because it ends. */
const WATCH_MS = 600_000;
/** Of a test that hangs; all of them wait for what is to happen, which takes a minute at most. */
const HANGS_MS = 120_000 + times * 120_000;

const SERVE = `
  import { createServer } from 'node:http';
  createServer((request, response) => request.resume().once('end', () => response.end('bad')))
    .listen(Number(process.env.PORT), '127.0.0.1');
`;

const exited = { reason: 'exited', exitCode: 1, signal: null };
const unready = { reason: 'not-ready', exitCode: null, signal: 'SIGKILL' };

interface BadDeploy {
  readonly code: string;
  readonly failure: object;
  readonly stderr: string;
  /** What its workers are sent as soon as they are ready. */
  readonly sent?: NodeJS.Signals;
}

const DEPLOYS: Record<string, BadDeploy> = {
  'throws at its start': {
    code: `throw new Error('the config is missing');`,
    failure: { ...exited, message: expect.stringContaining('Error: the config is missing') },
    stderr: 'Error: the config is missing',
  },
  'is no JavaScript': {
    code: 'const = 1;',
    failure: { ...exited, message: expect.stringContaining('SyntaxError') },
    stderr: 'SyntaxError',
  },
  'exits with 1': {
    code: `console.error('no database'); process.exit(1);`,
    failure: { ...exited, message: expect.stringContaining('no database') },
    stderr: 'no database',
  },
  'exits with 0': {
    code: `console.error('nothing to do'); process.exit(0);`,
    failure: { ...exited, exitCode: 0 },
    stderr: 'nothing to do',
  },
  'is never ready': {
    code: `console.error('connecting'); await new Promise(() => setInterval(() => {}, 1_000));`,
    failure: unready,
    stderr: 'connecting',
  },
  'never yields': {
    code: `console.error('computing'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`,
    failure: unready,
    stderr: 'computing',
  },
  'is ready and then crashes': {
    code: `${SERVE} process.once('SIGUSR2', () => { throw new Error('the pool is empty'); });`,
    sent: 'SIGUSR2',
    failure: { reason: 'crashed', exitCode: 1, signal: null },
    stderr: 'Error: the pool is empty',
  },
  'is ready and then killed': {
    code: `${SERVE} console.error('soon');`,
    sent: 'SIGKILL',
    failure: { reason: 'crashed', exitCode: null, signal: 'SIGKILL' },
    stderr: 'soon',
  },
};

const isLate = ({ failure }: BadDeploy) => failure === unready;

/** Most of the time is waiting for those that are late: each has a cluster of its own, and one is for all others. */
const SERIES: [what: string, deploys: [name: string, deploy: BadDeploy][]][] = [
  ...Object.entries(DEPLOYS)
    .filter(([, deploy]) => isLate(deploy))
    .map(([name, deploy]): (typeof SERIES)[number] => [name, [[name, deploy]]]),
  ['ends by itself', Object.entries(DEPLOYS).filter(([, deploy]) => !isLate(deploy))],
];

test.concurrent.each(SERIES)(
  'a bad deploy that %s is aborted each time, and costs no request',
  async (_, deploys) => {
    await using deployment = await Deployment.start({
      workers: 2,
      ready: { timeoutMs: READY_MS },
      reload: { watchMs: WATCH_MS },
    });
    const before = await deployment.servingPids();
    const load = await deployment.load(clients);
    for (const [name, deploy] of deploys) {
      await deployment.deploy(deploy.code);
      for (let time = 0; time < times; time += 1) {
        await expectAborted(deployment, name, deploy);
        expect(await deployment.servingPids(), name).toEqual(before);
      }
    }
    const { answered, ...failures } = await load.stop();
    console.log(JSON.stringify({ deploys: deploys.map(([name]) => name), times, answered }));
    expect(failures).toEqual(NO_FAILURES);
    expect(answered).toBeGreaterThan(0);
  },
  HANGS_MS,
);

test(
  'after a bad deploy a good one replaces all workers',
  async () => {
    await using deployment = await Deployment.start({ workers: 2, reload: { watchMs: 100 } });
    const before = await deployment.servingPids();
    await deployment.deploy('process.exit(1);');
    await expect(deployment.call('reload')).rejects.toMatchObject({ reason: 'exited' });
    await deployment.deploy();
    const { replaced } = await deployment.call<{ replaced: unknown[] }>('reload');
    expect(replaced).toHaveLength(2);
    const after = await deployment.servingPids();
    expect(after).toHaveLength(2);
    for (const pid of before) expect(after).not.toContain(pid);
  },
  HANGS_MS,
);

async function expectAborted(
  deployment: Deployment,
  name: string,
  { failure, stderr, sent }: BadDeploy,
): Promise<void> {
  const off = deployment.on<WorkerInfo>(
    'workerReady',
    ({ pid }) => sent && process.kill(pid, sent),
  );
  await expect(deployment.call('reload'), name).rejects.toMatchObject({
    code: 'MUSTER_RELOAD_FAILED',
    slot: 0,
    role: 'worker',
    keptSlots: [],
    rolledBackSlots: [],
    ...failure,
    stderr: expect.arrayContaining([expect.stringContaining(stderr)]),
  });
  off();
}

test(
  'a deploy that fails after the canary goes back to the old code, which a link once led to',
  async () => {
    await using deployment = await Deployment.start({
      workers: 3,
      reload: { watchMs: 100 },
      worker: 'current/app.mjs',
    });
    const release = async (name: string, code: string) => {
      const { folder } = deployment;
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'app.mjs'), code);
      await symlink(name, join(folder, 'next'));
      await rename(join(folder, 'next'), join(folder, 'current'));
    };
    const running = () => fetch(`http://127.0.0.1:${deployment.port}`).then((one) => one.text());
    const [canary, ...others] = await deployment.servingPids();
    const load = await deployment.load(clients);

    await release('bad', `${SERVE} if (process.env.MUSTER_SLOT === '1') process.exit(7);`);
    await expect(deployment.call('reload')).rejects.toMatchObject({
      slot: 1,
      exitCode: 7,
      rolledBackSlots: [0],
      keptSlots: [],
    });
    // Nothing of the bad release is left by now: not even one that drains.
    expect(aliveAmong(deployment.pids)).toHaveLength(3);
    const [back, ...stayed] = await deployment.servingPids();
    expect(back).not.toBe(canary);
    expect(stayed).toEqual(others);
    const answers = await Promise.all(Array.from({ length: 6 }, running));
    expect(answers).not.toContain('bad');
    // The canary of the bad release did serve, with answers that the client cannot like; none was lost.
    const { answered, short, ...failures } = await load.stop();
    expect(failures).toMatchObject({ resets: 0, refused: 0, timeouts: 0, other: 0 });
    expect(answered).toBeGreaterThan(0);
    expect(short).toBeGreaterThanOrEqual(0);
  },
  HANGS_MS,
);
