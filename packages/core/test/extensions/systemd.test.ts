import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';
import { pathWithNotify, startServiceManager } from '../../../../test/support/service-manager.js';
import { type Notice, withNotice } from '../../dist/extensions/systemd/notify-queue.js';
import { sendNotice } from '../../dist/extensions/systemd/sender.js';
import { statusText } from '../../dist/extensions/systemd/status-text.js';

const FIXTURE = new URL('../fixtures/notifies.js', import.meta.url);

let folder: string;
let PATH: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mu-sd-'));
  PATH = await pathWithNotify(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('what is still to be told', () => {
  const [READY, RELOADING, STOPPING] = ['READY', 'RELOADING', 'STOPPING'].map((name) => ({
    [name]: '1',
  })) as [Notice, Notice, Notice];
  const [WATCHDOG, one, two] = [{ WATCHDOG: '1' }, { STATUS: 'one' }, { STATUS: 'two' }];

  it.each<{ what: string; told: Notice[]; queue: Notice[] }>([
    {
      what: 'the last status counts',
      told: [one, WATCHDOG, two],
      queue: [{ ...WATCHDOG, ...two }],
    },
    { what: 'a status goes with a state', told: [READY, one], queue: [{ ...READY, ...one }] },
    { what: 'a state goes with a status', told: [one, READY], queue: [{ ...one, ...READY }] },
    { what: 'a reload and its end', told: [RELOADING, READY], queue: [RELOADING, READY] },
    {
      what: 'of several reloads, the last',
      told: [RELOADING, READY, RELOADING, one, READY],
      queue: [{ ...RELOADING, ...one }, READY],
    },
    {
      what: 'the end, and nothing before it',
      told: [RELOADING, READY, STOPPING],
      queue: [STOPPING],
    },
  ])('$what', ({ told, queue }) => {
    expect(told.reduce<readonly Notice[]>(withNotice, [])).toEqual(queue);
  });

  it('is never more than two messages', () => {
    const all = [READY, RELOADING, STOPPING, WATCHDOG, one];
    const longest = (queue: readonly Notice[], depth: number): number =>
      depth === 0
        ? queue.length
        : Math.max(...all.map((notice) => longest(withNotice(queue, notice), depth - 1)));
    expect(longest([], 5)).toBe(2);
  });
});

describe('the status line', () => {
  const workers = (...states: ('ready' | 'starting' | 'draining')[]) =>
    states.map((state) => ({ state }));

  it.each([
    { given: statusText(workers('ready'), []), is: '1 worker serves' },
    {
      given: statusText(workers('ready', 'draining', 'starting'), ['reloading']),
      is: '1 worker serves, 1 starting, 1 draining; reloading',
    },
    { given: statusText([], ['a\nMAINPID=1\x1b[31m']), is: '0 workers serve; a MAINPID=1' },
  ])('$is', ({ given, is }) => {
    expect(given).toBe(is);
  });

  it('is one line, however long a reason is', () => {
    expect(statusText([], ['x'.repeat(10_000)])).toHaveLength(200);
  });
});

it('tells the manager that it is ready, reloads, lives and stops, and no worker can', async () => {
  const socket = join(folder, 'notify');
  await using manager = await startServiceManager(socket);
  await using program = runProgram(FIXTURE, {
    cwd: folder,
    env: { PATH, NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1000000', WATCHDOG_PID: '1' },
  });
  await manager.printed(
    new RegExp(`^(?=.*READY=1)(?=.*MAINPID=${program.pid})(?=.*STATUS=2 workers serve)`, 'm'),
  );
  await manager.printed(/WATCHDOG=1/);
  const before = process.hrtime.bigint() / 1_000n;
  program.kill('SIGHUP');
  const [, usec = ''] = await manager.printed(/^(?=.*RELOADING=1).*MONOTONIC_USEC=(\d+)/m);
  expect(BigInt(usec)).toBeGreaterThan(before);
  expect(BigInt(usec)).toBeLessThan(process.hrtime.bigint() / 1_000n);
  await manager.printed(/RELOADING=1[\s\S]*^(?=.*READY=1).*STATUS=2 workers serve/m);
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
  await manager.printed(/^(?=.*STOPPING=1).*STATUS=.*stopping: SIGTERM/m);
  expect(program.output().match(/^worker \d\.\d has \[\]$/gm)).toHaveLength(4);
  expect(program.output()).not.toContain('systemd.unavailable');
});

it('runs without where nobody can tell it, and says so once', async () => {
  await using program = runProgram(FIXTURE, {
    cwd: folder,
    env: { PATH: '/', NOTIFY_SOCKET: '/nowhere' },
  });
  await program.printed(
    /is not told how the cluster is: systemd-notify: spawn systemd-notify ENOENT/,
  );
  await program.printed(/^cluster is up$/m);
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: 0, signal: null });
  expect(program.output().match(/is not told how/g)).toHaveLength(1);
});

it('sends to an abstract socket, and says why a message did not arrive', async () => {
  const socket = `@muster-${randomUUID()}`;
  await using manager = await startServiceManager(socket);
  expect(
    await sendNotice({ READY: '1', STATUS: 'so it is' }, { PATH, NOTIFY_SOCKET: socket }),
  ).toEqual({});
  await manager.printed(/^READY=1\|STATUS=so it is$/m);
  const { failure, isMissing } = await sendNotice(
    { READY: '1' },
    { PATH, NOTIFY_SOCKET: '/nowhere' },
  );
  expect(failure).toMatch(/./);
  expect(isMissing).toBeUndefined();
});
