// The examples of docs/guide/health.md, metrics.md and sticky.md, run as they are printed there.
import { expect, test, vi } from 'vitest';
import { changed, createProject, examplesOf } from '../../support/guide.js';
import { createClient } from '../../support/http-client.js';
import { freePort } from '../../support/redis/free-port.js';

const { limits } = await examplesOf('docs/guide/health.md', 'js', ['limits']);
const { registry } = await examplesOf('docs/guide/metrics.md', 'js', ['registry']);
const { sticky } = await examplesOf('docs/guide/sticky.md', 'js', ['sticky']);
const START = `import { startCluster } from '@muster/core';\n`;

test('limits and the admin endpoint, and metrics of a registry that is shown to it', async () => {
  await using project = await createProject();
  await project.install('prom-client');
  const [port, admin] = [await freePort(), await freePort()];
  await project.write('package.json', '{ "type": "module" }');
  await project.write(
    'server.js',
    `import { createServer } from 'node:http';
     import prometheus from 'prom-client';
     const registry = new prometheus.Registry();
     new prometheus.Counter({ name: 'app_orders_total', help: 'x', registers: [registry] }).inc(3);
     ${registry}
     createServer().listen(${port}, '127.0.0.1');`,
  );
  await using program = await project.run(START + changed(limits, '9090', String(admin)));
  const client = createClient(admin);
  const ready = async () => expect((await client.get('/readyz')).status).toBe(200);
  await vi.waitFor(ready, { timeout: 20_000, interval: 50 });
  expect((await client.get('/healthz')).status).toBe(200);
  const { body } = await client.get('/status');
  await expect.poll(() => project.status()).toMatchObject({ pid: body.pid, state: 'running' });
  await vi.waitFor(
    async () => {
      const { workers } = await project.status();
      const total = workers.length * 3;
      expect((await client.get('/metrics')).body).toMatch(
        new RegExp(`^app_orders_total ${total}$`, 'm'),
      );
    },
    { timeout: 20_000, interval: 200 },
  );
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

// Two ways to do one thing: each line is a program.
test.each(
  sticky
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('await')),
)('a client stays with its worker: %s', async (line) => {
  await using project = await createProject();
  const port = await freePort();
  await project.write(
    'server.js',
    `require('node:http')
         .createServer((_, res) => res.setHeader('set-cookie', 'sid=1').end(String(process.pid)))
         .listen(${port}, '127.0.0.1');`,
  );
  const worker = `const worker = './server.js';\n`;
  await using program = await project.run(
    START + worker + changed(line, 'worker,', 'worker, workers: 2,'),
  );
  for (const slot of [0, 1]) await program.printed(new RegExp(`worker ${slot} .* is ready`));
  const client = createClient(port);
  // With the first answer it has its cookie.
  await client.get('/');
  const answers = new Set<string>();
  for (let n = 0; n < 6; n += 1) answers.add((await client.get('/')).body);
  expect(answers.size).toBe(1);
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});
