// The examples of docs/guide/machines.md, as they are printed there, on two machines.
import { randomUUID } from 'node:crypto';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { MUSTER } from '../../support/deployment.js';
import { changed, createProject, examplesOf } from '../../support/guide.js';
import { runLine } from '../../support/program.js';

const { cluster, config } = await examplesOf('docs/guide/machines.md', 'js', ['cluster', 'config']);
const { named } = await examplesOf('docs/guide/machines.md', 'sh', ['starts', 'named']);

test('machines.md: the workers of two machines greet each other', async () => {
  const group = randomUUID();
  const called = (name: string) =>
    changed(
      cluster,
      'machines: {',
      `control: false, machines: { name: '${name}', group: '${group}',`,
    );
  await using project = await createProject();
  const url = inject('redisUrl');
  await using one = await project.run(called('one'), { name: 'one.mjs', env: { REDIS_URL: url } });
  // Here the example gives no URL along, so that the machines are joined by the Redis of the store.
  const env = { MUSTER_STORE_URL: url };
  await using other = await project.run(called('other'), { name: 'other.mjs', env });
  await vi.waitFor(() => {
    expect(one.output()).toContain('hello from other');
    expect(other.output()).toContain('hello from one');
  });
});

test('machines.md: the name, the group and the secret of a config hold, whatever names the Redis', async () => {
  const group = randomUUID();
  const url = inject('redisUrl');
  const muster = changed(named, 'muster', `'${process.execPath}' '${MUSTER}'`);
  const byFlag = changed(muster, 'redis://redis.internal', url);
  const byVariable = `MUSTER_MACHINES='${url}' ${changed(muster, '--machines redis://redis.internal', '')}`;
  const start = async (line: string) => {
    const project = await createProject();
    await project.write('muster.config.mjs', changed(config, "'eu'", `'${group}'`));
    await project.write('server.js', 'setInterval(() => {}, 1_000);');
    const program = runLine(line, {
      cwd: project.folder,
      env: { ...project.env, MACHINES_SECRET: 'sixteen characters' },
    });
    onTestFinished(async () => {
      await program[Symbol.asyncDispose]();
      await project[Symbol.asyncDispose]();
    });
    return program;
  };
  const one = await start(byFlag);
  const other = await start(changed(byVariable, 'web-1', 'web-2'));
  await one.printed(new RegExp(`machine web-2 has joined the group ${group}`));
  await other.printed(new RegExp(`machine web-1 has joined the group ${group}`));
});
