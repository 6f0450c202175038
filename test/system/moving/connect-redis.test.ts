// docs/moving/connect-redis.md: one browser, and apps that have its session one after the other and side by side.
import { expect, inject, test, vi } from 'vitest';
import { changed, createProject, examplesOf } from '../../support/guide.js';
import { createClient } from '../../support/http-client.js';
import { freePort } from '../../support/redis/free-port.js';

const apps = await examplesOf('docs/moving/connect-redis.md', 'js', ['before', 'during', 'after']);

test('a session of connect-redis is shared with its processes, and then taken over', async () => {
  await using project = await createProject();
  await project.install('express', 'express-session', 'connect-redis', 'redis');
  const start = async (name: keyof typeof apps) => {
    const port = await freePort();
    const env = { PORT: String(port), REDIS_URL: inject('redisUrl') };
    await project.run(changed(apps[name], '?? 3000', "?? 3000, '127.0.0.1'"), {
      name: `${name}.mjs`,
      env,
    });
    return port;
  };
  const [before, during] = await Promise.all([start('before'), start('during')]);
  /** Of one browser, which has one cookie for all ports. */
  const cookies = new Map<string, string>();
  const visit = async (port: number) => {
    const browser = createClient(port);
    for (const [name, value] of cookies) browser.cookies.set(name, value);
    const { body } = await vi.waitFor(() => browser.get('/'));
    for (const [name, value] of browser.cookies) cookies.set(name, value);
    return body;
  };
  expect(await visit(before)).toBe('visit 1\n');
  expect(await visit(during)).toBe('visit 2\n');
  expect(await visit(before)).toBe('visit 3\n');
  const after = await start('after');
  expect(await visit(after)).toBe('visit 4\n');
  expect(await visit(after)).toBe('visit 5\n');
  // There is no way back from here, as the page says.
  const kept = [...cookies];
  for (const port of [before, during]) {
    for (const [name, value] of kept) cookies.set(name, value);
    expect(await visit(port)).toBe('visit 1\n');
  }
});
