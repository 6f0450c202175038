// docs/moving/node-cluster.md: both clusters serve and replace a worker, and the second counts right.
import { expect, test, vi } from 'vitest';
import { changed, createProject, examplesOf } from '../../support/guide.js';
import { createClient } from '../../support/http-client.js';
import { freePort } from '../../support/redis/free-port.js';

const page = await examplesOf('docs/moving/node-cluster.md', 'js', ['before', 'after']);

const onLoopback = (code: string) => changed(code, '?? 3000', "?? 3000, '127.0.0.1'");

test('a cluster by hand serves, and replaces a worker', async () => {
  await using project = await createProject();
  const port = await freePort();
  await using program = await project.run(onLoopback(page.before), { env: { PORT: String(port) } });
  const client = createClient(port);
  const { body } = await vi.waitFor(() => client.get('/'));
  expect(body).toMatch(/^worker [12] has heard of \d+ visits\n$/);
  await vi.waitFor(async () => {
    const { body } = await client.get('/');
    expect(body).not.toMatch(/ 0 visits/);
  });
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

test('the same with startCluster() counts for all workers, and tells them', async () => {
  await using project = await createProject();
  const port = await freePort();
  await using program = await project.run(onLoopback(page.after), { env: { PORT: String(port) } });
  const client = createClient(port);
  const { body } = await vi.waitFor(() => client.get('/'));
  expect(body).toMatch(/^slot [01] counted 1 visits\n$/);
  // Once all are ready, startCluster() has resolved, and the page's code listens to exits.
  const [worker] = await vi.waitFor(async () => {
    const { workers } = await project.status();
    expect(workers.map(({ state }) => state)).toEqual(['ready', 'ready']);
    return workers;
  });
  process.kill(worker?.pid ?? 0, 'SIGKILL');
  await program.printed(/^slot 0 ended with SIGKILL$/m);
  // A message of the bus is for those who listen when it is sent.
  await vi.waitFor(async () => {
    expect((await client.get('/')).body).toMatch(/^slot [01] counted \d+ visits\n$/);
    expect(program.output()).toMatch(/^slot [01] heard of \d+$/m);
  });
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});
