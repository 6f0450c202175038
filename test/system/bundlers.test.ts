// Apps with @muster/core in their bundle, made by the command lines of docs/guide/frameworks.md.
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { createProject, examplesOf } from '../support/guide.js';
import { createClient } from '../support/http-client.js';

const run = promisify(execFile);
const BIN = join(import.meta.dirname, '../../node_modules/.bin');
const { esbuild } = await examplesOf('docs/guide/frameworks.md', 'sh', [
  'nest',
  'esbuild',
  'tsx',
  'jest',
]);

const APP = `
import { createServer } from 'node:http';
import { createSharedStore, startCluster } from '@muster/core';

const worker = () => {
  const store = createSharedStore();
  const server = createServer(async (_, res) => {
    res.end(JSON.stringify({ pid: process.pid, visits: await store.increment('visits') }));
  });
  server.listen(0, '127.0.0.1', () => console.log('port', server.address().port));
};
const ask = async () => {
  if (process.env.TRY === 'file') return startCluster({ worker: './server.js' });
  if (process.env.TRY === 'store') return createSharedStore().get('visits');
  return startCluster({ workers: 2, worker });
};
ask().then(
  () => console.log('settled'),
  (error) => console.log('failed', error.code, error.message),
);
`;

async function bundled(format: 'esm' | 'cjs', change = (line: string) => line) {
  const project = await createProject();
  await project.write('server.js', APP);
  await project.install('lmdb');
  const line = esbuild.split('\n').find((text) => text.includes(`--format=${format} `)) ?? '';
  const [npx, ...command] = change(line).split(' ');
  expect([npx, command[0]]).toEqual(['npx', 'esbuild']);
  // Whoever installs packages hears no warnings of them; here they are linked.
  const quiet = ['-c', `${command.join(' ')} --log-level=error`];
  const env = { ...process.env, PATH: `${BIN}:${process.env.PATH}` };
  await run('/bin/sh', quiet, { cwd: project.folder, env });
  const name = `dist/server.${format === 'esm' ? 'mjs' : 'cjs'}`;
  // Of the shell script that runs vitest: `require` looks there, too.
  const NODE_PATH = '';
  return { project, start: (TRY = '') => project.start(name, { env: { TRY, NODE_PATH } }) };
}

describe.each(['esm', 'cjs'] as const)('an app bundled as %s', (format) => {
  test('starts a cluster whose workers share the store', async () => {
    const { project, start } = await bundled(format);
    await using _ = project;
    await using program = start();
    await program.printed(/^settled$/m);
    const [, port] = await program.printed(/^port (\d+)$/m);
    const client = createClient(Number(port));
    const pids = new Set<number>();
    let last = 0;
    await vi.waitFor(async () => {
      const { pid, visits } = JSON.parse((await client.get('/')).body);
      expect(visits).toBe(++last);
      pids.add(pid);
      expect(pids.size).toBe(2);
    });
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });

    await using refused = start('file');
    expect(await refused.exited).toMatchObject({ code: 0 });
    expect(refused.output()).toMatch(
      /^failed MUSTER_INVALID_OPTION worker: a bundle .* Give startCluster\(\) a function, or .*\n$/,
    );
  });
});

test('an app with lmdb in its bundle, and not beside it, is told to leave it out', async () => {
  const { project, start } = await bundled('esm', (line) => line.replace('--external:lmdb ', ''));
  await using _ = project;
  await rm(join(project.folder, 'node_modules/lmdb'), { recursive: true });
  await using program = start('store');
  expect(await program.exited).toMatchObject({ code: 0 });
  expect(program.output()).toMatch(
    /^failed MUSTER_STORE_UNREACHABLE .*lmdb, which cannot be loaded \(.*esbuild --external:lmdb/,
  );
});
