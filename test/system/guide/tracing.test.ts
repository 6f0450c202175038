// The examples of docs/guide/tracing.md, run as they are printed there.
import { expect, test } from 'vitest';
import { MUSTER } from '../../support/deployment.js';
import { createProject, examplesOf } from '../../support/guide.js';
import { runProgram } from '../../support/program.js';

const { whole, instrument } = await examplesOf('docs/guide/tracing.md', 'js', [
  'whole',
  'instrument',
]);

test('tracing.md: a request, its handler and its call of the store are one trace', async () => {
  await using project = await createProject();
  await project.install('@opentelemetry/api', '@opentelemetry/sdk-trace-node');
  await using program = await project.run(whole);
  const { code } = await program.exited;
  const [, said] = /^\/\/ (1 .*)$/m.exec(whole) ?? [];
  expect({ code, output: program.output().trim() }).toEqual({ code: 0, output: said });
});

test('tracing.md: a preload traces every worker, and a drain waits for its last spans', async () => {
  await using project = await createProject();
  await project.install('@opentelemetry/api', '@opentelemetry/sdk-trace-node');
  await project.write('instrument.mjs', instrument);
  await project.write(
    'server.mjs',
    `import { createServer } from 'node:http';
import { createSharedStore } from '@muster/store';
const store = createSharedStore({ url: 'memory:' });
createServer().listen(0, '127.0.0.1');
await store.increment('visits');`,
  );
  await using program = runProgram(MUSTER, {
    args: ['start', 'server.mjs', '-w', '2'],
    cwd: project.folder,
    env: { ...project.env, NODE_OPTIONS: '--import ./instrument.mjs' },
  });
  await program.printed(/is ready: 2 workers/);
  // It waits in memory for its batch.
  expect(program.output()).not.toContain("name: 'increment'");
  program.kill('SIGTERM');
  const { code } = await program.exited;
  expect({ code, spans: program.output().match(/name: 'increment'/g) }).toEqual({
    code: 0,
    spans: ["name: 'increment'", "name: 'increment'"],
  });
});
