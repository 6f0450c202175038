// The server that `muster init` writes, with a store that fails.
import { writeFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { MUSTER } from '../../../../../test/support/deployment.js';
import { createProject } from '../../../../../test/support/guide.js';
import { createClient } from '../../../../../test/support/http-client.js';
import { runProgram } from '../../../../../test/support/program.js';
import { freePort } from '../../../../../test/support/redis/free-port.js';
import { startRedis } from '../../../../../test/support/redis/server.js';

it('does not start without a store, and answers 503 while Redis is away, without losing a worker', async () => {
  await using project = await createProject();
  const muster = (args: string[], env = {}) =>
    runProgram(MUSTER, { args, cwd: project.folder, env: { ...project.env, ...env } });
  await using written = muster(['init']);
  expect(await written.exited).toMatchObject({ code: 0 });

  // The store would be a folder below it.
  await writeFile(project.path('.muster'), '');
  await using refused = muster(['start', 'server.js', '-w', '1'], { PORT: '0' });
  expect(await refused.exited).toMatchObject({ code: 1 });
  expect(refused.output()).toMatch(
    /The cluster was not started: .* The embedded store at \S+ cannot be opened/,
  );

  await using redis = await startRedis();
  const port = await freePort();
  await using program = muster(['start', 'server.js', '-w', '2'], {
    PORT: String(port),
    REDIS_URL: redis.url,
  });
  await program.printed(/is ready: 2 workers/);
  const client = createClient(port);
  const ask = () => Promise.all(Array.from({ length: 8 }, () => client.get('/')));
  const statuses = async () => (await ask()).map(({ status }) => status);
  expect(await statuses()).toEqual(Array(8).fill(200));
  await redis.kill();
  expect(await statuses()).toEqual(Array(8).fill(503));
  await redis.restart();
  await vi.waitFor(async () => expect(await statuses()).toEqual(Array(8).fill(200)), {
    timeout: 30_000,
  });
  expect(program.output()).toMatch(/StoreUnreachableError/);
  expect(program.output()).not.toMatch(/exited with code/);
});
