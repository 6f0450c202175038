// What several processes called and got while they were killed and stopped, the time was set and connections broke: it could
// have been one process alone, and nothing was held by too many.
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SharedStoreOptions } from '@muster/store';
import { expect, inject, onTestFinished, test } from 'vitest';
import { RedisProxy } from '../../support/redis/proxy.js';
import { round } from '../rounds.js';
import { type Hold, type ModeHold, notAlone, notExclusive, notGrowing } from './exclusion.js';
import { notLinearizable, type Operation } from './linearizability.js';
import { notBalanced, type Pair } from './sums.js';

const MEMBER = fileURLToPath(new URL('member.js', import.meta.url));
const MEMBERS = 3;
/** Enough to be stopped past a lease. */
const STOPPED_MS = 600;
const HOUR = 3_600_000;
/** Histories: each with keys of its own, so that none gets too long to be checked. */
const { rounds, troubles } = round({
  short: { rounds: 1, troubles: 6 },
  full: { rounds: 12, troubles: 25 },
});

const below = (limit: number) => Math.floor(Math.random() * limit);

interface Line {
  readonly id?: number;
  readonly failed?: string;
  readonly hold?: Hold;
  readonly pair?: Pair;
}

interface Records {
  readonly operations: Operation[];
  readonly holds: Hold[];
  readonly pairs: Pair[];
}

/** What the members wrote down. */
async function read(folder: string): Promise<Records> {
  const pairs: Pair[] = [];
  const operations: Operation[] = [];
  const holds = new Map<string, Hold>();
  for (const name of await readdir(folder)) {
    const calls = new Map<number, object>();
    // The last line may be half written.
    for (const text of (await readFile(join(folder, name), 'utf8')).split('\n').slice(0, -1)) {
      const { id = 0, failed, hold, pair, ...line }: Line = JSON.parse(text);
      if (hold) holds.set(`${hold.name} ${hold.token} ${name}`, hold);
      else if (pair) pairs.push(pair);
      else if (failed) calls.delete(id);
      else calls.set(id, { end: Number.POSITIVE_INFINITY, ...calls.get(id), ...line });
    }
    operations.push(...([...calls.values()] as Operation[]));
  }
  return { operations, holds: [...holds.values()], pairs };
}

const histories = (['embedded', 'redis'] as const).flatMap((engine) =>
  Array.from({ length: rounds }, (_, n) => [engine, n + 1] as const),
);

test.each(histories)(
  'a history of the %s engine under kills, stops, set clocks and cuts, %i',
  async (engine) => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-history-'));
    const records = await mkdtemp(join(tmpdir(), 'muster-records-'));
    const proxy = engine === 'redis' ? await RedisProxy.start(inject('redisUrl')) : undefined;
    const members: ChildProcess[] = [];
    onTestFinished(async () => {
      for (const member of members) member.kill('SIGKILL');
      await proxy?.close();
      await Promise.all([folder, records].map((one) => rm(one, { recursive: true, force: true })));
    });
    const options: SharedStoreOptions = proxy
      ? { url: proxy.url, keyPrefix: `muster-history:${randomUUID()}:` }
      : { url: `lmdb:${folder}`, deadlineMs: 20_000 };
    const env = { ...process.env, STORE_OPTIONS: JSON.stringify(options) };
    let started = 0;
    const start = (): void => {
      members.push(fork(MEMBER, [join(records, `${started++}`)], { env, execArgv: [] }));
    };
    const kill = async (member: ChildProcess): Promise<void> => {
      const exited = once(member, 'exit');
      member.kill('SIGKILL');
      await exited;
    };
    const count = async () => (await read(records)).operations.length;
    /** They get on with it. */
    const goesOn = async (more: number) => {
      const enough = (await count()) + more;
      await expect.poll(count, { timeout: 120_000, interval: 50 }).toBeGreaterThan(enough);
    };

    for (let n = 0; n < MEMBERS; n++) start();
    await goesOn(100);
    for (let n = 0; n < troubles; n++) {
      const [member] = members.splice(below(members.length), 1) as [ChildProcess];
      const kind = n % 3;
      if (kind === 0) {
        await kill(member);
        start();
      } else {
        members.push(member);
        if (kind === 1) {
          member.kill('SIGSTOP');
          await delay(STOPPED_MS);
          member.kill('SIGCONT');
        } else if (proxy) proxy.cut();
        else member.send([-HOUR, HOUR, 0][below(3)] ?? 0);
      }
      await goesOn(40);
    }
    await Promise.all(members.splice(0).map(kill));

    const { operations, holds, pairs } = await read(records);
    const sizes = { operations: operations.length, holds: holds.length, pairs: pairs.length };
    console.log(JSON.stringify({ engine, ...sizes }));
    expect(holds.length).toBeGreaterThan(0);
    expect(pairs.length).toBeGreaterThan(0);
    expect(notLinearizable(operations)).toEqual([]);
    expect(notBalanced(pairs)).toEqual([]);
    expect(notAlone(holds.filter(({ name }) => name === 'shared') as ModeHold[])).toEqual([]);
    for (const [name, permits] of [
      ['lock', 1],
      ['permits', 2],
    ] as const) {
      const own = holds.filter((hold) => hold.name === name);
      expect(notExclusive(own, permits)).toEqual([]);
      if (permits === 1) expect(notGrowing(own)).toEqual([]);
    }
  },
  round({ short: 120_000, full: 400_000 }),
);
