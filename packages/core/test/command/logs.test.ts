// `muster logs` with real clusters.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDeployment, type Deployment, MUSTER } from '../../../../test/support/deployment.js';
import { type Program, runProgram, withoutMuster } from '../../../../test/support/program.js';

let deployment: Deployment;
let cluster: Program;

beforeAll(async () => {
  deployment = await createDeployment();
  cluster = deployment.start(['server.cjs', '-w', '2', '--name', 'shop', '--log-dir', 'logs']);
  await cluster.printed(/is ready: 2 workers/);
});

afterAll(() => deployment[Symbol.asyncDispose]());

const logs = (...args: string[]) => deployment.muster(['logs', ...args]);

/** Workers get their connections in turn. What one prints for two requests may share a line. */
async function printed(): Promise<void> {
  for (let n = 0; n < 4; n++) await deployment.ask('/print');
  await vi.waitFor(async () => {
    const { stdout } = await logs('--json', '-n', '1000');
    const slots = stdout.match(/"slot":\d/g) ?? [];
    expect(new Set(slots).size).toBe(2);
  });
}

describe('muster logs', () => {
  it('shows what workers printed, of all or of one, as many lines as wanted, and as JSON', async () => {
    await printed();
    const all = await logs();
    expect(all).toMatchObject({ code: 0, stderr: '' });
    expect(all.stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} 0 \| (a line of )*one worker$/m);
    expect(all.stdout).toMatch(/^\S+ 1 \| (a line of )*one worker$/m);

    const [one, last, none, json] = await deployment.musterLines([
      ['logs', '1'],
      ['logs', '-n', '1'],
      ['logs', '--since', '1ms'],
      ['logs', '0', '--json'],
    ]);
    expect(one?.stderr).toBe('');
    expect(one?.stdout).toMatch(/^(\S+ 1 \| (a line of )*one worker\n)+$/);
    expect(last?.stdout).toMatch(/^\S+ [01] \| (a line of )*one worker\n$/);
    expect(none).toEqual({ code: 0, stdout: '', stderr: '' });
    for (const line of json?.stdout.trim().split('\n') ?? []) {
      expect(JSON.parse(line)).toEqual({
        ...{ slot: 0, generation: 1, stream: 'stdout' },
        text: expect.stringMatching(/one worker$/),
        time: expect.stringMatching(/^\d{4}-.*Z$/),
      });
    }
    // The cluster itself printed the same.
    expect(cluster.output()).toMatch(/one worker$/m);
  });

  it('refuses what it does not understand', async () => {
    const answers = await deployment.musterLines([
      ['logs', '7'],
      ['logs', '-n', 'shop'],
      ['logs', '--since', '5'],
    ]);
    expect(answers.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(answers[0]?.stderr).toMatch(/no slot 7/);
    expect(answers[1]?.stderr).toMatch(/The name of a cluster is --name here/);
  });

  it('ends quietly where its reader does', async () => {
    const shell = spawn(
      '/bin/bash',
      ['-c', `set -o pipefail; '${process.execPath}' '${MUSTER}' logs -n 1000 -f | head -1`],
      { cwd: deployment.app, env: { ...withoutMuster(process.env), ...deployment.env } },
    );
    const ended = new Promise((resolve) => shell.once('close', resolve));
    // Something more is printed, which nobody reads.
    const asking = setInterval(() => void deployment.ask('/print').catch(() => {}), 200);
    const all = await Promise.all([text(shell.stdout), text(shell.stderr), ended]);
    clearInterval(asking);
    expect(all).toEqual([expect.stringMatching(/one worker\n$/), '', 0]);
  });

  it('follows through a crash and a reload to the end of the cluster, with its last words', async () => {
    const follows = runProgram(MUSTER, {
      args: ['logs', '-f', '-n', '0'],
      cwd: deployment.app,
      env: deployment.env,
    });
    try {
      await vi.waitFor(async () => {
        await deployment.ask('/print');
        expect(follows.output()).toMatch(/\| .*one worker/);
      });
      await deployment.ask('/crash-loudly').catch(() => {});
      await follows.printed(/ \| Error: a loud end +\?of a kind/);
      // What the crash printed stays, in its slot.
      expect((await logs('-n', '1000')).stdout).toMatch(/\| Error: a loud end +\?of a kind/);
      expect(await deployment.muster(['reload'])).toMatchObject({ code: 0 });
      const before = follows.output().length;
      await vi.waitFor(async () => {
        await deployment.ask('/print');
        expect(follows.output().slice(before)).toMatch(/\| .*one worker/);
      });
      const chatty = deployment.ask('/chatty');
      await follows.printed(/\| 3 to stdout/);
      cluster.kill('SIGTERM');
      await chatty;
      expect(await follows.exited).toEqual({ code: 0, signal: null });
      expect(follows.output()).toMatch(/\| 49 to stdout\n/);
      expect(follows.output()).toMatch(/muster: shop has stopped\n$/);
      await cluster.exited;
    } finally {
      await follows[Symbol.asyncDispose]();
    }
  });

  it('are in the file of --log-dir as well, to the last words of the last worker', async () => {
    const file = (await readFile(join(deployment.app, 'logs', 'shop.log'), 'utf8')).split('\n');
    expect(file.filter((line) => line.endsWith('one worker'))).not.toEqual([]);
    const chatty = Array.from({ length: 50 }, (_, n) => `${n} to stdout`);
    expect(file.filter((line) => line.endsWith('to stdout'))).toEqual(chatty);
    expect(file).toContain('49 to stderr');
  });
});
