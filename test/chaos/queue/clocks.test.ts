// A schedule while the clock of the machine is set, and its processes are killed. Each due time that the clock came to has one run,
// or is counted as missed by the next one. (On Redis, the clock of the server decides: see packages/queue/test/clocks.test.ts.
// libfaketime cannot set that one, since jemalloc asks for the time before it is loaded.)
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSharedStore } from '@muster/store';
import { expect, onTestFinished, test, vi } from 'vitest';
import { MachineClock } from '../../support/machine-clock.js';
import { round } from '../rounds.js';

const MEMBER = fileURLToPath(new URL('scheduled.js', import.meta.url));
const HOUR_MS = 3_600_000;
const START = Date.parse('2028-02-28T20:30:00Z');
const RESTARTS = 20;

/** Only in a full round: the package may have to come over the network, and packages/queue/test/clocks.test.ts has the same rules. */
const isFull = round({ short: false, full: true });

test.runIf(isFull)(
  'a schedule on the embedded engine whose clock is set and whose processes are killed',
  async () => {
    const clock = await MachineClock.make();
    onTestFinished(() => clock[Symbol.asyncDispose]());
    await clock.set(START);
    const folder = await mkdtemp(join(tmpdir(), 'muster-chaos-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const url = `lmdb:${folder}`;
    const store = createSharedStore({ url, deadlineMs: 60_000 });
    onTestFinished(() => store.close());
    const members = new Set<ChildProcess>();
    const ran: number[] = [];
    const next = new Map<ChildProcess, number>();
    const start = async (): Promise<ChildProcess> => {
      const settings = { STORE_OPTIONS: JSON.stringify({ url }), EVERY_MS: `${HOUR_MS}` };
      const member = fork(MEMBER, { env: { ...process.env, ...clock.env, ...settings } });
      members.add(member);
      member.on('message', (message: { due?: number; next?: number }) => {
        if (message.due) ran.push(message.due);
        if (message.next) next.set(member, message.next);
      });
      await once(member, 'message');
      return member;
    };
    const kill = async (member: ChildProcess): Promise<void> => {
      members.delete(member);
      const exited = once(member, 'exit');
      member.kill('SIGKILL');
      await exited;
    };
    onTestFinished(async () => {
      await Promise.all([...members].map(kill));
    });
    /** Somebody has handled everything up to then. */
    const handled = async (time: number): Promise<void> => {
      await vi.waitFor(
        () => {
          for (const member of members) member.send('?');
          expect(Math.max(...next.values())).toBeGreaterThan(time);
        },
        { timeout: 60_000, interval: 100 },
      );
    };

    await start();
    let now = START;
    for (let n = 0; n < RESTARTS; n++) {
      // One hour on; now and then three, or back by five and on again.
      now += n % 7 === 3 ? 3 * HOUR_MS : HOUR_MS;
      if (n % 6 === 5) await clock.set(now - 5 * HOUR_MS);
      const [old] = members;
      const member = await start();
      if (old) await kill(old);
      await clock.set(now);
      // Without a restart, a process notices within 15 seconds that the clock was set.
      if (n % 10 !== 9) {
        await kill(member);
        await start();
      }
      await handled(now);
    }
    await vi.waitFor(() => expect(new Set(ran).size).toBeGreaterThan(RESTARTS - 5));

    const starts: number[] = [];
    const missed: number[] = [];
    const dues: number[] = [];
    for await (const [key, value] of store.entries<number>()) {
      const [kind, due] = key.split(' ');
      if (kind === 'starts') starts.push(value);
      if (kind === 'starts') dues.push(Number(due));
      if (kind === 'missed') missed.push(value);
    }
    console.log(JSON.stringify({ runs: dues.length, missed }));
    expect(starts.filter((count) => count !== 1)).toEqual([]);
    const sum = missed.reduce((a, b) => a + b, 0);
    expect(dues.length + sum).toBe(Math.floor(now / HOUR_MS) - Math.floor(START / HOUR_MS));
  },
  600_000,
);
