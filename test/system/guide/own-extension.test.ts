// The examples of docs/guide/own-extension.md, run as they are printed there.
import { readFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { createProject, examplesOf } from '../../support/guide.js';

const { extension, use, suite } = await examplesOf('docs/guide/own-extension.md', 'js', [
  'extension',
  'use',
  'suite',
]);

test('own-extension.md: it writes a line for each crash', async () => {
  await using project = await createProject();
  await project.write('package.json', '{ "type": "module" }');
  await project.write(
    'server.js',
    `import { createServer } from 'node:http';
createServer().listen(0, '127.0.0.1', () => console.log('pid ' + process.pid + '.'));`,
  );
  await project.write('extension.js', extension);
  await using program = await project.run(use);
  const [, pid] = await program.printed(/pid (\d+)\./);
  process.kill(Number(pid), 'SIGKILL');
  const crashes = async () => (await readFile(project.path('crashes.jsonl'), 'utf8')).split('\n');
  await vi.waitFor(async () => expect((await crashes()).length).toBeGreaterThan(1));
  const [first = ''] = await crashes();
  expect(JSON.parse(first)).toMatchObject({ pid: Number(pid), code: null, signal: 'SIGKILL' });
  program.kill('SIGTERM');
  expect(await program.exited).toMatchObject({ code: 0 });
  expect(program.output()).not.toContain('failed');
});

test('own-extension.md: it passes the suite', async () => {
  await using project = await createProject();
  await project.write('package.json', '{ "type": "module" }');
  await project.write('extension.js', extension);
  await using program = await project.run(suite);
  const { code: exit } = await program.exited;
  const output = program.output();
  expect({ exit, output }).toMatchObject({ exit: 0 });
  // Node 20 says it as TAP, later ones with signs of their own.
  expect(output).toMatch(/^\S+ fail 0$/m);
  expect(output).toMatch(/^\S+ pass 2$/m);
});
