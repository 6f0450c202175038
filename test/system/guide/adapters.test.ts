// The examples of the README of @muster/adapters and of the pages of docs/guide/adapters, run as they are printed there.
import { expect, test, vi } from 'vitest';
import { claims, createProject, examplesOf } from '../../support/guide.js';
import { createClient, openEventStream } from '../../support/http-client.js';
import { freePort } from '../../support/redis/free-port.js';

const guide = {
  ...(await examplesOf('docs/guide/adapters/rate-limits.md', 'js', [
    'honoLimits',
    'fastify',
    'nest',
    'flexible',
  ])),
  ...(await examplesOf('docs/guide/adapters/caches.md', 'js', [
    'keyv',
    'cacheManager',
    'unstorage',
    'bentocache',
  ])),
  ...(await examplesOf('docs/guide/adapters/graphql.md', 'js', ['yoga', 'engine'])),
  ...(await examplesOf('docs/guide/adapters/hono.md', 'js', ['hono'])),
  ...(await examplesOf('docs/guide/adapters/better-auth.md', 'js', ['auth'])),
};
const readme = await examplesOf('packages/adapters/README.md', 'js', ['limiter']);

test('README of adapters: two processes count the same hits', async () => {
  await using project = await createProject();
  await project.install('express', 'express-rate-limit');
  const urls = [];
  for (const name of ['one.mjs', 'two.mjs']) {
    const env = { PORT: String(await freePort()) };
    const program = await project.run(readme.limiter, { name, env });
    urls.push((await program.printed(/http:\S+/))[0]);
  }
  const [one = '', two = ''] = urls;
  const answers = [];
  for (const url of [one, two, two, one]) {
    const response = await fetch(url);
    answers.push([response.status, await response.text()]);
  }
  expect(answers).toEqual([
    [200, '2 left\n'],
    [200, '1 left\n'],
    [200, '0 left\n'],
    [429, expect.stringContaining('Too many requests')],
  ]);
});

/** Runs examples one after the other in one process, and compares what they give with what they say. */
async function giveWhatTheySay(examples: string[], packages: string[], unclaimed = '') {
  await using project = await createProject();
  await project.install(...packages);
  const told = examples.map(claims);
  for (const [n, { code }] of told.entries()) await project.write(`${n}.mjs`, code);
  const imports = told.map((_, n) => `await import('./${n}.mjs');`).join('\n');
  await using program = await project.run(imports);
  expect({ ...(await program.exited), output: program.output() }).toMatchObject({ code: 0 });
  const lines = program.output().replace(unclaimed, '').trim().split('\n');
  const claimed = told.flatMap((one) => one.claimed);
  expect(lines).toHaveLength(claimed.length);
  for (const [n, line] of lines.entries()) expect(line).toMatch(claimed[n] as RegExp);
}

test('rate limits, and the storage of better-auth, give what the guide says', () =>
  giveWhatTheySay(
    [guide.honoLimits, guide.fastify, guide.nest, guide.flexible, guide.auth],
    [
      ...['hono', 'hono-rate-limiter', 'fastify', '@fastify/rate-limit'],
      ...['@nestjs/throttler', 'better-auth'],
    ],
  ));

test('adapters of caches, and the engine of GraphQL, give what the guide says', () =>
  giveWhatTheySay(
    [guide.keyv, guide.cacheManager, guide.unstorage, guide.bentocache, guide.engine],
    ['keyv', 'cache-manager', 'unstorage', 'bentocache'],
    // The watch may hear of it, or have ended.
    'update motd\n',
  ));

test('Hono has one session on all workers', async () => {
  await using project = await createProject();
  await project.install('hono', '@hono/node-server');
  const port = await freePort();
  await using program = await project.run(guide.hono, { env: { PORT: String(port) } });
  const browser = createClient(port);
  await vi.waitFor(async () => expect((await browser.get('/')).body).toBe('visit 3'));
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});

test('a subscription of graphql-yoga hears a mutation, on whatever workers', async () => {
  await using project = await createProject();
  await project.install('graphql-yoga');
  const port = await freePort();
  await using program = await project.run(guide.yoga, { env: { PORT: String(port) } });
  const browser = createClient(port);
  await vi.waitFor(() => browser.post('/graphql', { query: '{ ok }' }));
  const query = encodeURIComponent('subscription { said }');
  const stream = await openEventStream(port, `/graphql?query=${query}`);
  // A subscription that has been answered may not have reached the primary yet.
  await vi.waitFor(async () => {
    await browser.post('/graphql', { query: 'mutation { say(text: "hello") }' });
    expect(stream.events).toContainEqual({ event: 'next', data: { data: { said: 'hello' } } });
  });
  stream.close();
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
});
