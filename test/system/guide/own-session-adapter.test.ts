// The examples of docs/guide/own-session-adapter.md, run as they are printed there.
import { expect, test, vi } from 'vitest';
import { createProject, examplesOf } from '../../support/guide.js';
import { createClient } from '../../support/http-client.js';
import { freePort } from '../../support/redis/free-port.js';

const { adapter, server, suite } = await examplesOf('docs/guide/own-session-adapter.md', 'js', [
  'adapter',
  'server',
  'suite',
]);

test('own-session-adapter.md: it counts the visits of a browser', async () => {
  await using project = await createProject();
  const port = await freePort();
  await project.write('package.json', '{ "type": "module" }');
  await project.write('with-session.js', adapter);
  await using _ = await project.run(server, { env: { PORT: String(port) } });
  const browser = createClient(port);
  const first = await vi.waitFor(() => browser.get('/'));
  expect(first.body).toEqual({ visits: 1 });
  expect((await browser.get('/')).body).toEqual({ visits: 2 });
});

test('own-session-adapter.md: it passes the suite', async () => {
  await using project = await createProject();
  await project.write('package.json', '{ "type": "module" }');
  await project.write('with-session.js', adapter);
  await using program = await project.run(suite);
  const { code: exit } = await program.exited;
  const output = program.output();
  expect({ exit, output }).toMatchObject({ exit: 0 });
  // Node 20 says it as TAP, later ones with signs of their own.
  expect(output).toMatch(/^\S+ fail 0$/m);
  expect(output).toMatch(/^\S+ pass 12$/m);
});
