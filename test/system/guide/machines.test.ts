// The example of docs/guide/machines.md, as it is printed there, on two machines.
import { randomUUID } from 'node:crypto';
import { expect, inject, test, vi } from 'vitest';
import { changed, createProject, examplesOf } from '../../support/guide.js';

const { cluster } = await examplesOf('docs/guide/machines.md', 'js', ['cluster']);

test('machines.md: the workers of two machines greet each other', async () => {
  const group = randomUUID();
  const named = (name: string) =>
    changed(
      cluster,
      'machines: {',
      `control: false, machines: { name: '${name}', group: '${group}',`,
    );
  await using project = await createProject();
  const url = inject('redisUrl');
  await using one = await project.run(named('one'), { name: 'one.mjs', env: { REDIS_URL: url } });
  // Here the example gives no URL along, so that the machines are joined by the Redis of the store.
  const env = { MUSTER_STORE_URL: url };
  await using other = await project.run(named('other'), { name: 'other.mjs', env });
  await vi.waitFor(() => {
    expect(one.output()).toContain('hello from other');
    expect(other.output()).toContain('hello from one');
  });
});
