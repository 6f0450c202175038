// The configs of docs/guide/configuration.md, started by its command lines.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { MUSTER } from '../../support/deployment.js';
import { createProject, examplesOf } from '../../support/guide.js';
import { withoutMuster } from '../../support/program.js';

const { one, several } = await examplesOf('docs/guide/configuration.md', 'ts', ['one', 'several']);
const { starts, apps } = await examplesOf('docs/guide/configuration.md', 'sh', ['starts', 'apps']);
const { json } = await examplesOf('docs/guide/configuration.md', 'json', ['json']);
const { tokens } = await examplesOf('docs/guide/configuration.md', 'js', ['tokens']);
const execute = promisify(execFile);

/** A server that prints what it runs with, and ends. */
const SCRIPT = `
  const { LOG_LEVEL, API_TOKEN, FROM_FILE } = process.env;
  console.log(JSON.stringify({ LOG_LEVEL, API_TOKEN, FROM_FILE }));`;

async function projectWith(config: string, name: string) {
  const project = await createProject();
  await project.write(name, config);
  for (const file of ['server.js', 'shop/server.js']) await project.write(file, SCRIPT);
  await project.write('.env', 'FROM_FILE=yes\n');
  await project.write('token.txt', 'secret\n');
  await project.install('jiti');
  /** As a shell would, without what is said about it. */
  const run = async (line: string) => {
    const [, ...args] = line.replace(/ +#.*$/, '').split(' ');
    const { stdout, stderr } = await execute(process.execPath, [MUSTER, ...args], {
      cwd: project.folder,
      env: { ...withoutMuster(process.env), ...project.env, NODE_ENV: '' },
    });
    const printed = stdout.split('\n').filter((one) => one.startsWith('{'));
    return { printed: [...new Set(printed)].map((one) => JSON.parse(one)), stdout, stderr };
  };
  return { project, run };
}

test('a config is started as its command lines say', async () => {
  const { project, run } = await projectWith(one, 'muster.config.ts');
  await using _ = project;
  const lines = starts.trim().split('\n');
  const [plain, production, single] = lines.map((line) => line.replace(/ +#.*$/, ''));
  expect([plain, single]).toEqual(['muster start', 'muster start -w 1']);
  // With one worker: each more is a process.
  const { printed, stderr } = await run(`${production} -w 1`);
  expect(printed).toEqual([{ LOG_LEVEL: 'info' }]);
  expect(stderr).toMatch(/^\{.*"event":"worker\.\w+"/m);
});

test('one of several apps is started by its name', async () => {
  const { project, run } = await projectWith(several, 'muster.config.ts');
  await using _ = project;
  const [shop = '', status = ''] = apps.trim().split('\n');
  const { printed, stdout } = await run(`${shop.replace(/ +#.*/, '')} -w 1`);
  expect(printed).toEqual([{ FROM_FILE: 'yes' }]);
  expect(stdout).toMatch(/control socket \S+\/shop\.sock$/m);
  expect(status).toMatch(/--name shop /);
});

test.each([
  { name: 'muster.config.json', config: json, has: {} },
  { name: 'muster.config.mjs', config: tokens, has: { API_TOKEN: 'secret' } },
])('$name is read', async ({ name, config, has }) => {
  const { project, run } = await projectWith(config, name);
  await using _ = project;
  expect((await run('muster start -w 1')).printed).toEqual([has]);
});

test('the schema is where the example says', async () => {
  const { $schema } = JSON.parse(json) as { $schema: string };
  const path = $schema.replace('./node_modules/@muster/', 'packages/');
  const { exports } = JSON.parse(await readFile('packages/core/package.json', 'utf8'));
  expect(JSON.parse(await readFile(path, 'utf8'))).toHaveProperty('definitions.AppConfig');
  expect(exports).toHaveProperty(['./config.schema.json']);
});
