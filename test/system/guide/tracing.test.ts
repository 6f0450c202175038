// The example of docs/guide/tracing.md, run as it is printed there.
import { expect, test } from 'vitest';
import { createProject, examplesOf } from '../../support/guide.js';

const { whole } = await examplesOf('docs/guide/tracing.md', 'js', ['whole']);

test('tracing.md: a request, its handler and its call of the store are one trace', async () => {
  await using project = await createProject();
  await project.install('@opentelemetry/api', '@opentelemetry/sdk-trace-node');
  await using program = await project.run(whole);
  const { code } = await program.exited;
  const [, said] = /^\/\/ (1 .*)$/m.exec(whole) ?? [];
  expect({ code, output: program.output().trim() }).toEqual({ code: 0, output: said });
});
