// What processes with near caches are given while connections break, Redis stands still or restarts, and the processes are
// stopped or blocked.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { RedisProxy } from '../../support/redis/proxy.js';
import { startRedis } from '../../support/redis/server.js';
import { round } from '../rounds.js';
import { type Recorded, tooOld } from './staleness.js';

const MEMBER = fileURLToPath(new URL('member.js', import.meta.url));
const MAX_STALE_MS = 400;
/** More than a value may be kept without a word. */
const STILL_MS = 600;
const troubles = round({ short: 5, full: 60 });

interface Report {
  readonly history: Recorded[];
  readonly notOwn: number;
}

test('nothing is given that was replaced for too long, and all see what they wrote', async () => {
  // What was written is there after a restart.
  const server = await startRedis({ args: ['--appendonly', 'yes'] });
  const proxy = await RedisProxy.start(server.url);
  const members: ChildProcess[] = [];
  onTestFinished(async () => {
    for (const member of members) member.kill('SIGKILL');
    if (server.pid !== undefined) process.kill(server.pid, 'SIGCONT');
    await proxy.close();
    await server.stop();
  });
  const start = async (url: string, role: string) => {
    const member = fork(MEMBER, [url, 'near', role, String(MAX_STALE_MS)]);
    members.push(member);
    expect(await once(member, 'message')).toEqual(['ready', undefined]);
    return member;
  };
  const [writer, first, second] = await Promise.all([
    start(server.url, 'write'),
    start(proxy.url, 'read'),
    start(proxy.url, 'read'),
  ]);

  const still = async (pid: number | undefined) => {
    if (pid === undefined) return;
    process.kill(pid, 'SIGSTOP');
    await delay(STILL_MS);
    process.kill(pid, 'SIGCONT');
  };
  const all = [
    async () => proxy.cut(),
    () => still(first.pid),
    async () => void second.send({ block: STILL_MS }),
    () => still(server.pid),
    () => server.restart(),
  ];
  for (let n = 0; n < troubles; n++) {
    await delay(300 + Math.random() * 600);
    await all[n % all.length]?.();
  }
  const reports = await Promise.all(
    [writer, first, second].map(async (member) => {
      const report = once(member, 'message');
      // Comes after the report; the end of a process may come before it.
      const died = once(member, 'disconnect').then(() => {
        throw new Error('A member has died');
      });
      member.send('stop');
      return (await Promise.race([report, died]))[0] as Report;
    }),
  );
  const history = reports.flatMap((report) => report.history);
  expect(tooOld(history, MAX_STALE_MS)).toBeUndefined();
  expect(reports.map(({ notOwn }) => notOwn)).toEqual([0, 0, 0]);
  expect(history.filter(({ call }) => call === 'write').length).toBeGreaterThan(0);
}, 180_000);

describe('the checker', () => {
  const write = (value: number, end: number): Recorded => ({
    ...{ call: 'write', key: 'k', value, start: end - 1, end },
  });
  const read = (value: number, start: number): Recorded => ({
    ...{ call: 'read', key: 'k', value, start, end: start + 1 },
  });
  const WRITES = [write(1, 10), write(3, 20), write(4, 900)];

  it.each<[what: string, reads: Recorded[]]>([
    ['the newest value', [read(4, 5_000)]],
    ['one that was replaced a moment ago', [read(1, 120), read(3, 1_000)]],
    ['one whose write nobody acknowledged', [read(2, 100), read(5, 9_000)]],
    ['a key that nobody wrote', [{ ...read(0, 9_000), key: 'other' }]],
  ])('lets pass %s', (_, reads) => {
    expect(tooOld([...WRITES, ...reads], 100)).toBeUndefined();
  });

  it.each<[what: string, reads: Recorded[]]>([
    ['a value that was replaced for too long', [read(1, 121)]],
    ['nothing, where something was written long ago', [read(0, 111)]],
    ['the value before the last', [read(4, 1_000), read(3, 1_001)]],
    ['one that was not acknowledged, and replaced', [read(2, 121)]],
  ])('finds %s', (_, reads) => {
    expect(tooOld([...WRITES, ...reads], 100)).toBeDefined();
  });
});
