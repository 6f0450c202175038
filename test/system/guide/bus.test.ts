// The examples of docs/guide/bus.md, of the README of @muster/bus and of that of @muster/codec, run as they are printed
// there.
import { expect, test, vi } from 'vitest';
import { claims, createProject, examplesOf } from '../../support/guide.js';

const guide = await examplesOf('docs/guide/bus.md', 'js', ['orders', 'sending', 'asking']);
const readme = await examplesOf('packages/bus/README.md', 'js', ['greeting', 'asking']);
const codec = await examplesOf('packages/codec/README.md', 'js', ['values']);

/** Members 0 to 2 of role `worker`, 3 of role `jobs`, and the primary; `everywhere` runs in all, `inSlot0` when they listen. */
const cluster = (everywhere: string, inSlot0: string) => `
  import { createBus, startCluster, worker } from '@muster/core';
  const bus = createBus();
  const self = process.env.MUSTER_SLOT ?? 'primary';
  ${everywhere}
  const cluster = await startCluster({
    roles: { worker: { workers: 3 }, jobs: { workers: 1 } },
    worker: () => {
      if (worker.slot === 0) bus.on('test.go', async () => { ${inSlot0} });
    },
  });
  if (cluster.isPrimary) bus.broadcast('test.go', null, { to: 0 });
`;

test('bus.md: each of two workers hears the order of the other', async () => {
  await using project = await createProject();
  await using program = await project.run(guide.orders);
  await program.printed(/^orders.created 7 from slot 0$/m);
  await program.printed(/^orders.created 7 from slot 1$/m);
});

test('bus.md: a broadcast reaches those that it is for, and a retained one those that come later', async () => {
  await using project = await createProject();
  const listen = `
    for (const topic of ['visited', 'reload']) bus.on(topic, () => console.log(topic, self));
    bus.on('test.late', () => bus.on('config', ({ colour }) => console.log(colour, self)));
  `;
  const send = `
    const visits = 1;
    const config = { colour: 'blue' };
    ${guide.sending}
    bus.broadcast('test.late', null, { self: true });
  `;
  await using program = await project.run(cluster(listen, send));
  const expected = [
    ...['1', '2', '3', 'primary'].map((who) => `visited ${who}`),
    ...['0', '1', '2', '3', 'primary'].map((who) => `visited ${who}`),
    ...['reload 3', 'reload 3', 'reload primary', 'reload 3', 'reload 2'],
    // Not the sender, whenever it listens: it did not say `self`.
    ...['1', '2', '3', 'primary'].map((who) => `blue ${who}`),
  ].sort();
  await vi.waitFor(() => {
    const lines = program.output().match(/^(visited|reload|blue) .*$/gm) ?? [];
    expect(lines.sort()).toEqual(expected);
  }, 20_000);
});

test.each([
  ['bus.md', guide.asking, 'console.log("sums", ok.map(({ value }) => value), failed)'],
  ['the README of @muster/bus', readme.asking, 'console.log("sums", [3, 3, 3], [])'],
])('%s: one worker is asked, and all of them', async (_, code, show) => {
  await using project = await createProject();
  const [handle = '', ...asking] = code.split('\n');
  expect(handle).toContain('bus.handle(');
  await using program = await project.run(cluster(handle, `${asking.join('\n')}\n${show}`));
  await program.printed(/^sums \[ 3, 3, 3 \] \[\]$/m);
});

test('the README of @muster/bus: a worker greets the primary', async () => {
  await using project = await createProject();
  await using program = await project.run(readme.greeting);
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(program.output()).toBe('hello from a worker (slot 0)\n');
});

test('the README of @muster/codec: each value is what is said of it', async () => {
  await using project = await createProject();
  const { code, claimed } = claims(codec.values);
  expect(claimed).toHaveLength(5);
  await using program = await project.run(code);
  expect(await program.exited).toEqual({ code: 0, signal: null });
  const lines = program.output().trimEnd().split('\n');
  expect(lines.pop()).toBe('MUSTER_UNSUPPORTED_VALUE $.user.onClick');
  for (const [index, claim] of claimed.entries()) expect(lines[index]).toMatch(claim);
  expect(lines).toHaveLength(claimed.length);
});
