// What the pages say about testing an app, as it is printed there. Jest itself is 54 MB, so its test runs with the same globals of
// Vitest; with Jest it was run by hand.
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { createProject, examplesOf } from '../../support/guide.js';

const readme = await examplesOf('packages/testing/README.md', 'js', ['test']);
const guide = await examplesOf('docs/guide/testing.md', 'js', [
  'visits.js',
  'visits.vitest.test.js',
  'visits.node.test.js',
  'visits.jest.test.js',
  'server.js',
  'reload.test.js',
  'chaos.test.js',
  'redis.test.js',
]);
const VITEST = join(import.meta.dirname, '../../../node_modules/vitest');

async function createApp() {
  const project = await createProject();
  await project.write('package.json', '{ "type": "module" }');
  for (const [name, code] of Object.entries(guide)) await project.write(name, code);
  return project;
}

it('runs the tests of each runner that use a store in memory and a lone bus', async () => {
  await using project = await createApp();
  await symlink(VITEST, project.path('node_modules/vitest'));
  const program = project.start('node_modules/vitest/vitest.mjs', {
    args: ['run', '--globals', 'visits.vitest.test.js', 'visits.jest.test.js'],
  });
  expect(await program.exited, program.output()).toMatchObject({ code: 0 });
  expect(program.output()).toMatch(/Tests .*3 passed/);
});

it('runs the tests of node:test, a cluster that is reloaded and broken included', async () => {
  await using project = await createApp();
  await project.write('readme.test.js', readme.test);
  const clusters = ['reload', 'chaos', 'readme'].map((it) => `await import('./${it}.test.js');`);
  await project.write('clusters.js', clusters.join('\n'));
  const redis = new URL(inject('redisUrl'));
  redis.pathname = '/9';
  const programs = [
    project.start('visits.node.test.js'),
    project.start('clusters.js'),
    project.start('redis.test.js', { env: { REDIS_URL: redis.href } }),
  ];
  for (const [index, program] of programs.entries()) {
    expect(await program.exited, program.output()).toMatchObject({ code: 0 });
    expect(program.output()).toContain(`pass ${[1, 3, 1][index]}\n`);
  }
});
