// NODE_DEBUG=muster* prints what each package does, in the primary and in workers, and nothing that was stored.
import { expect, test } from 'vitest';
import { createProject } from '../support/guide.js';

const PROGRAM = `
import { createSharedStore, startCluster } from '@muster/core';
import { createSessions } from '@muster/session';

const cluster = await startCluster({
  workers: 1,
  ready: 'ready()',
  async worker() {
    const { ready } = await import('@muster/core');
    const store = createSharedStore();
    await store.set('a-secret-key', 'a secret value');
    const sessions = createSessions({ store });
    const session = await sessions.load(undefined);
    session.data.user = 'a secret user';
    await session.save();
    console.log('session ' + session.id);
    await sessions.load(session.id);
    ready();
    setInterval(() => {}, 1_000);
  },
});
if (cluster.isPrimary) await cluster.stop();
`;

test('NODE_DEBUG=muster* prints what each package does, and nothing that was stored', async () => {
  await using project = await createProject();
  const env = { NODE_DEBUG: 'muster*', MUSTER_STORE_URL: `lmdb:${project.path('store')}` };
  await using program = await project.run(PROGRAM, { env });
  expect(await program.exited).toMatchObject({ code: 0 });
  const output = program.output();
  for (const said of [
    /^MUSTER-CORE \d+: slot 0: generation 1 is forked, pid \d+$/m,
    /^MUSTER-CORE \d+: slot 0: ready 1: serving 1 open; announce 1, settle 1$/m,
    /^MUSTER-CORE \d+: this worker is ready$/m,
    /^MUSTER-CORE \d+: the drain is over$/m,
    /^MUSTER-CORE \d+: slot 0: generation 1 exited: 0$/m,
    /^MUSTER-STORE \d+: set, embedded: ok after \d+\.\d{3} ms$/m,
    /^MUSTER-SESSION \d+: save$/m,
    /^MUSTER-SESSION \d+: load: found$/m,
  ]) {
    expect(output).toMatch(said);
  }
  const [, id = 'none'] = /session (\S+)/.exec(output) ?? [];
  const traces = output.split('\n').filter((line) => line.startsWith('MUSTER-'));
  expect(traces.join('\n')).not.toMatch(new RegExp(`secret|${id}`));
});
