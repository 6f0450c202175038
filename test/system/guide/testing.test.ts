// What the pages say about testing an app, as it is printed there.
import { expect, it } from 'vitest';
import { createProject, examplesOf } from '../../support/guide.js';

const readme = await examplesOf('packages/testing/README.md', 'js', ['test']);

const SERVER = `
  import { createServer } from 'node:http';
  import { startCluster } from '@muster/core';

  await startCluster({
    workers: 2,
    worker() {
      createServer((_, response) => response.end('hello')).listen(process.env.PORT);
    },
  });
`;

it('runs the test of the README of @muster/testing', async () => {
  await using project = await createProject();
  await project.write('package.json', '{ "type": "module" }');
  await project.write('server.js', SERVER);
  const program = await project.run(readme.test, { name: 'shop.test.js' });
  expect(await program.exited, program.output()).toMatchObject({ code: 0 });
  expect(program.output()).toMatch(/pass 1\n/);
});
