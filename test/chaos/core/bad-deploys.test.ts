import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { round } from '../rounds.js';
import { Deployment, NO_FAILURES } from './deployment.js';

const { times, clients } = round({
  short: { times: 1, clients: 6 },
  full: { times: 10, clients: 16 },
});

const SERVE = `
  import { createServer } from 'node:http';
  createServer((request, response) => request.resume().once('end', () => response.end('bad')))
    .listen(Number(process.env.PORT), '127.0.0.1');
`;

test.each([
  {
    deploy: 'throws at its start',
    code: `throw new Error('the config is missing');`,
    reason: { reason: 'exited', exitCode: 1, signal: null },
    says: 'Error: the config is missing',
  },
  {
    deploy: 'is no JavaScript',
    code: 'const = 1;',
    reason: { reason: 'exited', exitCode: 1, signal: null },
    says: 'SyntaxError',
  },
  {
    deploy: 'exits with 1',
    code: `console.error('no database'); process.exit(1);`,
    reason: { reason: 'exited', exitCode: 1, signal: null },
    says: 'no database',
  },
  {
    deploy: 'exits with 0',
    code: `console.error('nothing to do'); process.exit(0);`,
    reason: { reason: 'exited', exitCode: 0, signal: null },
    says: 'nothing to do',
  },
  {
    deploy: 'is never ready',
    code: `console.error('connecting'); await new Promise(() => setInterval(() => {}, 1_000));`,
    reason: { reason: 'not-ready', exitCode: null, signal: 'SIGKILL' },
    says: 'connecting',
  },
  {
    deploy: 'never yields',
    code: `console.error('computing'); for (;;) {}`,
    reason: { reason: 'not-ready', exitCode: null, signal: 'SIGKILL' },
    says: 'computing',
  },
  {
    deploy: 'is ready and then crashes',
    code: `${SERVE} setTimeout(() => { throw new Error('the pool is empty') }, 300);`,
    reason: { reason: 'crashed', exitCode: 1, signal: null },
    says: 'Error: the pool is empty',
  },
  {
    deploy: 'is ready and then killed',
    code: `${SERVE} setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300);`,
    reason: { reason: 'crashed', exitCode: null, signal: 'SIGKILL' },
    says: undefined,
  },
])(
  'a deploy that $deploy is aborted, and costs no request',
  async ({ code, reason, says }) => {
    await using deployment = await Deployment.start({
      workers: 2,
      // Well above what a good worker needs on a slow machine; the canary is watched for 2 s.
      ready: { timeoutMs: 3_000 },
    });
    const before = await deployment.servingPids();
    // A canary that serves and then dies takes with it what it was answering: not a request is to be lost while it does not
    // serve. Those that do serve for a moment get none.
    const load = await deployment.load(says === undefined || code.startsWith(SERVE) ? 0 : clients);
    await deployment.deploy(code);
    for (let time = 0; time < times; time += 1) {
      await expect(deployment.call('reload')).rejects.toMatchObject({
        code: 'MUSTER_RELOAD_FAILED',
        slot: 0,
        role: 'worker',
        ...reason,
        keptSlots: [],
        rolledBackSlots: [],
        stderr: says === undefined ? [] : expect.arrayContaining([expect.stringContaining(says)]),
        message: expect.stringContaining(says ?? 'was killed by SIGKILL'),
      });
      expect(await deployment.servingPids()).toEqual(before);
    }
    await deployment.deploy();
    await deployment.call('reload');
    const { answered, ...failures } = await load.stop();
    expect(failures).toEqual(NO_FAILURES);
  },
  60_000 + times * 15_000,
);
