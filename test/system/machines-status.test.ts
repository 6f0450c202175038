// `muster status`, `muster status --machines` and `/metrics` of two clusters that one Redis joins.
import { Redis } from 'ioredis';
import { expect, test, vi } from 'vitest';
import { createDeployment } from '../support/deployment.js';
import { startRedis } from '../support/redis/server.js';

test('the machines of a group are in the status, in detail if asked for, and in the metrics', async () => {
  await using redis = await startRedis();
  await using one = await createDeployment();
  await using other = await createDeployment();
  const start = async (deployment: typeof one, ...args: string[]) => {
    const program = deployment.start(['server.cjs', '-w', '1', '--admin', '0', ...args]);
    const [, admin = ''] = await program.printed(/admin endpoint is (http:\S+\d)\./);
    await program.printed(/worker 0 .* is ready/);
    return { admin, program };
  };
  const { admin, program } = await start(one, '--machines', redis.url);
  const status = async (...args: string[]) => (await one.muster(['status', ...args])).stdout;

  expect(await status()).toMatch(
    /\n\S+ {2}in group default {2}link up {2}lag .*\nno other machine/,
  );

  const second = await start(other, '--machines', redis.url);
  const metrics = async () => (await fetch(`${admin}/metrics`)).text();
  const name = await vi.waitFor(async () => {
    const [, found] = /^muster_machine_members{machine="(\S+-2)"} 2$/m.exec(await metrics()) ?? [];
    expect(found).toBeDefined();
    return found as string;
  });
  await program.printed(new RegExp(`machine \\S+ is called ${name} from now on`));
  await second.program.printed(/machine \S+ has joined the group default/);
  const row = new RegExp(`^${name} +\\d+ +2 +[\\d.]+ ms ago$`, 'm');
  expect(await status()).toMatch(row);

  const detail = await status('--machines');
  expect(detail).toMatch(
    /^\S+ {2}in group default {2}link up\n {2}epoch +\d+\n {2}lag +[\d.]+ ms, /,
  );
  expect(detail).toMatch(/outbox +0 KB in 0 messages\n {2}dropped +0 messages\n {2}gaps +0\n/);
  expect(detail).toMatch(row);
  expect(detail).not.toContain('SLOT');
  const json = JSON.parse(await status('--machines', '--json'));
  expect(json).toMatchObject({
    ...{ group: 'default', gaps: 0, machines: [{ name, members: 2, epoch: expect.any(Number) }] },
    link: { up: true, dropped: 0, waitingBytes: 0, lagBytes: expect.any(Number) },
  });

  const page = await metrics();
  expect(page).toMatch(/^muster_machines 1$/m);
  expect(page).toMatch(/^muster_machines_link_up 1$/m);
  expect(page).toMatch(/^muster_machines_link_lag_seconds \d+(\.\d+)?$/m);
  expect(page).toContain('muster_machines_gaps_total 0\n');

  second.program.kill('SIGTERM');
  await program.printed(new RegExp(`machine ${name} has left the group default`));

  const stranger = new Redis(redis.url);
  await stranger.xadd('muster:machines:{default}', '*', 'e', 'nothing that a machine writes');
  stranger.disconnect();
  await program.printed(/entries of other machines in the group default are refused: .*`secret`/);
  expect(await status('--machines')).toMatch(/\n {2}refused +1 entries\n/);

  await redis.kill();
  await vi.waitFor(async () => expect(await metrics()).toContain('muster_machines_link_up 0\n'));
  expect(await status('--machines')).toMatch(/ {2}link down\n.+\n {2}epoch /);
});
