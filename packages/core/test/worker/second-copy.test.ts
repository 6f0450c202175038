// The command is of one copy of the package, and the app imports another: as with a global install.
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { createDeployment } from '../../../../test/support/deployment.js';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

const APP = `
  import { createServer } from 'node:http';
  import { exposeRegistry, onDrain } from '@muster/core';
  onDrain(() => console.log('the app was drained'));
  const value = { name: 'from_the_app', help: '', type: 'gauge', values: [{ value: 7, labels: {} }] };
  exposeRegistry({ getMetricsAsJSON: () => [value] });
  createServer((_, response) => response.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');
`;

it('what an app tells another copy of the package is heard', async () => {
  await using deployment = await createDeployment();
  const copy = join(deployment.app, 'node_modules', '@muster', 'core');
  await mkdir(copy, { recursive: true });
  await cp(join(PACKAGE, 'lib'), join(copy, 'lib'), { recursive: true });
  await cp(join(PACKAGE, 'package.json'), join(copy, 'package.json'));
  await symlink(join(PACKAGE, 'node_modules'), join(copy, 'node_modules'));
  await writeFile(join(deployment.app, 'app.mjs'), APP);
  const program = deployment.start(['app.mjs', '-w', '1', '--admin', '0']);
  await program.printed(/worker 0 .* is ready/);
  const [, admin] = await program.printed(/(http:\/\/127\.0\.0\.1:\d+)/);
  expect(await (await fetch(`${admin}/metrics`)).text()).toMatch(/^from_the_app.* 7$/m);
  program.kill('SIGTERM');
  expect(await program.exited).toMatchObject({ code: 0 });
  expect(program.output()).toContain('the app was drained');
});
