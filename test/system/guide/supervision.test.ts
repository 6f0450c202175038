// The examples of docs/guide/supervision.md, of the pages below it and of the README of @muster/core, run as they are printed there.
import { once } from 'node:events';
import { get } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { changed, createProject, examplesOf } from '../../support/guide.js';
import { createClient } from '../../support/http-client.js';
import { freePort } from '../../support/redis/free-port.js';

const guide = {
  ...(await examplesOf('docs/guide/supervision.md', 'js', ['cluster', 'roles'])),
  ...(await examplesOf('docs/guide/supervision/starting.md', 'js', ['lean'])),
  ...(await examplesOf('docs/guide/supervision/draining.md', 'js', ['drain'])),
};
const readme = await examplesOf('packages/core/README.md', 'js', ['visits']);

test('supervision.md: four workers, each with its slot, and the end of one is told', async () => {
  await using project = await createProject();
  const port = await freePort();
  await using program = await project.run(changed(guide.cluster, '3000', String(port)));
  const client = createClient(port);
  const answers = new Set<string>();
  await vi.waitFor(
    async () => {
      answers.add((await client.get('/')).body);
      expect(answers.size).toBe(4);
    },
    { timeout: 20_000, interval: 20 },
  );
  expect([...answers].sort()).toEqual([0, 1, 2, 3].map((slot) => `slot ${slot}, generation 1\n`));

  await vi.waitFor(async () => expect((await project.status()).state).toBe('running'), 20_000);
  const { workers } = await project.status();
  process.kill(workers[2]?.pid as number, 'SIGKILL');
  await program.printed(/^slot 2 ended with SIGKILL$/m);
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

test('supervision.md: two roles, one of which ends', async () => {
  await using project = await createProject();
  await project.write('web.js', `require('node:http').createServer().listen(0, '127.0.0.1');`);
  await project.write(
    'jobs.js',
    `console.log('sends', process.env.QUEUE);
     setTimeout(() => process.exit(), 300);`,
  );
  await using program = await project.run(guide.roles);
  await program.printed(/^sends mail$/m);
  await vi.waitFor(
    async () => {
      const { roles, workers } = await project.status();
      expect(roles).toEqual([
        { role: 'web', workers: 4, ready: 4, state: 'running' },
        { role: 'jobs', workers: 1, ready: 0, state: 'stopped' },
      ]);
      expect(workers.map(({ slot, role, state }) => `${slot} ${role} ${state}`)).toEqual([
        '0 web ready',
        '1 web ready',
        '2 web ready',
        '3 web ready',
        '4 jobs stopped',
      ]);
    },
    { timeout: 20_000, interval: 200 },
  );
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

test('supervision.md: a server that uses neither bus nor store imports less', async () => {
  await using project = await createProject();
  const port = await freePort();
  await using program = await project.run(changed(guide.lean, '3000', String(port)));
  const client = createClient(port);
  const { body } = await vi.waitFor(() => client.get('/'), { timeout: 20_000, interval: 50 });
  expect(body).toMatch(/^slot \d+\n$/);
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

test('supervision.md: the app ends its event streams when it drains, and what it returns is waited for', async () => {
  await using project = await createProject();
  const port = await freePort();
  await project.write(
    'streams.mjs',
    `import { createServer } from 'node:http';
     import { setTimeout as sleep } from 'node:timers/promises';
     const eventStreams = new Set();
     const queue = { close: () => sleep(100).then(() => console.log('queue closed')) };
     createServer((_, res) => {
       eventStreams.add(res);
       res.write('hello');
     }).listen(${port}, '127.0.0.1');
     ${guide.drain}`,
  );
  await using program = await project.run(
    `import { startCluster } from '@muster/core';
     await startCluster({ worker: './streams.mjs', workers: 1 });`,
  );
  await program.printed(/worker 0 .* is ready/);
  const [stream] = (await once(get({ port, host: '127.0.0.1' }), 'response')) as [Readable];
  program.kill('SIGTERM');
  expect(await text(stream)).toBe('hello');
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(program.output()).toContain('queue closed\n');
});

test('the README of @muster/core: visits are counted by all workers', async () => {
  await using project = await createProject();
  const port = await freePort();
  await using program = await project.run(changed(readme.visits, '3000', String(port)));
  const client = createClient(port);
  const first = await vi.waitFor(() => client.get('/'), { timeout: 20_000, interval: 50 });
  expect(first.body).toMatch(/^visit 1, answered by worker \d+\n$/);
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.get('/')));
  const visits = answers.map(({ body }) => Number(/^visit (\d+),/.exec(body)?.[1]));
  expect(visits.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 2));
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});
