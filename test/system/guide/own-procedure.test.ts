// The examples of docs/guide/own-procedure.md, run as they are printed there.
import { expect, inject, test } from 'vitest';
import { createProject, examplesOf } from '../../support/guide.js';

const { raise, use, suite } = await examplesOf('docs/guide/own-procedure.md', 'js', [
  'raise',
  'use',
  'suite',
]);
const REDIS_URL = inject('redisUrl');

test.each([
  ['embedded', {}],
  ['redis', { REDIS_URL }],
])('own-procedure.md: it keeps the record, on the %s engine', async (_, env) => {
  await using project = await createProject();
  await project.write('raise.js', raise);
  const fresh = use.replace("namespace('records')", `namespace('${project.folder}')`);
  await using program = await project.run(fresh, { env });
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(program.output()).toBe('true\nfalse\n8.9\n');
});

test('own-procedure.md: it passes its cases on both engines', async () => {
  await using project = await createProject();
  await project.write('raise.js', raise);
  await using program = await project.run(suite, { env: { REDIS_URL } });
  const { code: exit } = await program.exited;
  const output = program.output();
  expect({ exit, output }).toMatchObject({ exit: 0 });
  // Node 20 says it as TAP, later ones with signs of their own.
  expect(output).toMatch(/^\S+ pass 8$/m);
  expect(output).toMatch(/^\S+ fail 0$/m);
});
