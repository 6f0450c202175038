// The examples of docs/guide/own-transport.md, run as they are printed there.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProject, examplesOf } from '../../support/guide.js';

const { transport, main, thread, suite } = await examplesOf('docs/guide/own-transport.md', 'js', [
  'transport',
  'main',
  'thread',
  'suite',
]);

test('own-transport.md: a thread is asked over a MessagePort, and passes the suite', async () => {
  await using project = await createProject();
  await writeFile(join(project.folder, 'port-transport.js'), transport);
  await writeFile(join(project.folder, 'thread.js'), thread);
  await using program = await project.run(main);
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(program.output()).toBe('49\n');

  await using tests = await project.run(suite);
  const { code } = await tests.exited;
  const output = tests.output();
  expect({ code, output }).toMatchObject({ code: 0 });
  // Node 20 says it as TAP, later ones with signs of their own.
  expect(output).toMatch(/^\S+ fail 0$/m);
  expect(output).toMatch(/^\S+ pass [1-9]\d/m);
});
