// What processes with near caches are given while connections break, Redis stands still, restarts or is failed over by Sentinels, and
// the processes are stopped or blocked.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished, test, vi } from 'vitest';
import { RedisProxy } from '../../support/redis/proxy.js';
import { startRedisSentinels } from '../../support/redis/sentinel.js';
import { type RedisServer, startRedis } from '../../support/redis/server.js';
import { round } from '../rounds.js';
import { kept, olderThanOwn, type Recorded, tooOld, type Window } from './history.js';

const MEMBER = fileURLToPath(new URL('member.js', import.meta.url));
const MAX_STALE_MS = 400;
/** More than a value may be kept without a word. */
const STILL_MS = 600;
const troubles = round({ short: 5, full: 60 });
const failovers = round({ short: 0, full: 3 });
const REPLICAS = 2;
const PATIENCE = { timeout: 120_000, interval: 20 };

type Role = 'write' | 'read';

/** A writer and readers, forked one for each URL. */
class Members {
  readonly #members: ChildProcess[] = [];

  static async start(given: readonly (readonly [role: Role, url: string])[]): Promise<Members> {
    const started = new Members();
    onTestFinished(() => {
      for (const member of started.#members) member.kill('SIGKILL');
    });
    for (const [role, url] of given) {
      started.#members.push(fork(MEMBER, [url, 'near', role, String(MAX_STALE_MS)]));
    }
    const ready = await Promise.all(started.#members.map((member) => once(member, 'message')));
    expect(ready).toEqual(given.map(() => ['ready', undefined]));
    return started;
  }

  at(position: number): ChildProcess {
    return this.#members[position] as ChildProcess;
  }

  /** @param windows in which acknowledged writes may have been lost. */
  async judge(windows: readonly Window[] = []): Promise<void> {
    const histories = await Promise.all(
      this.#members.map(async (member) => {
        const told = once(member, 'message');
        // Comes after the history; the end of a process may come before it.
        const died = once(member, 'disconnect').then(() => {
          throw new Error('A member has died');
        });
        member.send('stop');
        return (await Promise.race([told, died]))[0] as Recorded[];
      }),
    );
    const history = kept(histories.flat(), windows);
    expect(tooOld(history, MAX_STALE_MS)).toBeUndefined();
    expect(olderThanOwn(history)).toBeUndefined();
    // There was something to judge: had they been given nothing, both would be found.
    const falsified = history.map((one) => (one.call === 'read' ? { ...one, value: 0 } : one));
    expect(tooOld(falsified, MAX_STALE_MS)).toBeDefined();
    expect(olderThanOwn(falsified)).toBeDefined();
  }
}

test('nothing is given that was replaced for too long, and all see what they wrote', async () => {
  // What was written is there after a restart.
  const server = await startRedis({ args: ['--appendonly', 'yes'] });
  const proxy = await RedisProxy.start(server.url);
  onTestFinished(async () => {
    if (server.pid !== undefined) process.kill(server.pid, 'SIGCONT');
    await proxy.close();
    await server.stop();
  });
  const members = await Members.start([
    ['write', server.url],
    ['read', proxy.url],
    ['read', proxy.url],
  ]);
  const still = async (pid: number | undefined) => {
    if (pid === undefined) return;
    process.kill(pid, 'SIGSTOP');
    await delay(STILL_MS);
    process.kill(pid, 'SIGCONT');
  };
  const all = [
    async () => proxy.cut(),
    () => still(members.at(1).pid),
    async () => void members.at(2).send({ block: STILL_MS }),
    () => still(server.pid),
    () => server.restart(),
  ];
  for (let n = 0; n < troubles; n++) {
    await delay(300 + Math.random() * 600);
    await all[n % all.length]?.();
  }
  await members.judge();
}, 180_000);

test.runIf(failovers > 0)(
  'nor is it when a master dies and Sentinels promote a replica',
  async () => {
    const set = await startRedisSentinels({ replicas: REPLICAS });
    onTestFinished(() => set.stop());
    const members = await Members.start([
      ['write', set.url],
      ['read', set.url],
      ['read', set.url],
    ]);
    const windows: Window[] = [];
    let known: RedisServer | undefined;
    let knownAt = now();
    for (let n = 0; n < failovers; n++) {
      await vi.waitFor(() => set.complete(REPLICAS), PATIENCE);
      const master = (await set.master()) as RedisServer;
      await goesOn(master);
      // On a busy machine, Sentinels may have failed over by themselves.
      const from = known === undefined || known === master ? now() : knownAt;
      await replicated(master);
      await delay(Math.random() * 100);
      await master.kill();
      knownAt = now();
      windows.push([from, knownAt]);
      await vi.waitFor(async () => expect(await set.master()).not.toBe(master), PATIENCE);
      known = (await set.master()) as RedisServer;
      await goesOn(known);
      await master.restart();
    }
    await members.judge(windows);
  },
  600_000,
);

/** As members tell the time. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

async function ask<Output>(
  server: RedisServer,
  question: (redis: Redis) => Promise<Output>,
): Promise<Output> {
  const redis = new Redis(server.url);
  redis.on('error', () => {});
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

/** Until the replicas have all that was acknowledged before the call. */
function replicated(master: RedisServer): Promise<void> {
  return ask(master, async (redis) => {
    await redis.set('confirmed', 'by WAIT');
    await vi.waitFor(
      async () => expect(await redis.wait(REPLICAS, 1_000)).toBe(REPLICAS),
      PATIENCE,
    );
  });
}

/** Until the writer has written to this server. */
function goesOn(server: RedisServer): Promise<void> {
  return ask(server, async (redis) => {
    const newest = async () =>
      Math.max(
        ...(await redis.mget(['a', 'b', 'c', 'd'].map((key) => `muster:near:${key}`))).map(Number),
      );
    const before = await newest();
    await vi.waitFor(async () => expect(await newest()).toBeGreaterThan(before + 20), PATIENCE);
  });
}

describe('the checkers', () => {
  const [WRITER, OTHER] = [1, 2];
  const write = (value: number, end: number): Recorded => ({
    ...{ call: 'write', by: WRITER, key: 'k', value, start: end - 1, end },
  });
  const read = (value: number, start: number): Recorded => ({
    ...{ call: 'read', by: OTHER, key: 'k', value, start, end: start + 1 },
  });
  const readOwn = (value: number, start: number): Recorded => ({
    ...read(value, start),
    by: WRITER,
  });
  const WRITES = [write(1, 10), write(3, 20), write(4, 900)];

  it.each<[what: string, reads: Recorded[]]>([
    ['the newest value', [read(4, 5_000)]],
    ['one that was replaced a moment ago', [read(1, 120), read(3, 1_000)]],
    ['one whose write nobody acknowledged', [read(2, 100), read(5, 9_000)]],
    ['a key that nobody wrote', [{ ...read(0, 9_000), key: 'other' }]],
  ])('let pass %s', (_, reads) => {
    expect(tooOld([...WRITES, ...reads], 100)).toBeUndefined();
  });

  it.each<[what: string, reads: Recorded[]]>([
    ['a value that was replaced for too long', [read(1, 121)]],
    ['nothing, where something was written long ago', [read(0, 111)]],
    ['the value before the last', [read(4, 1_000), read(3, 1_001)]],
    ['one that was not acknowledged, and replaced', [read(2, 121)]],
  ])('find %s', (_, reads) => {
    expect(tooOld([...WRITES, ...reads], 100)).toBeDefined();
  });

  it.each<[what: string, reads: Recorded[]]>([
    ['what it has just written', [readOwn(1, 10), readOwn(3, 20)]],
    ['the value before, as long as its write is not acknowledged', [readOwn(1, 19.5)]],
    ['a newer value, whose write nobody acknowledged', [readOwn(2, 12), readOwn(5, 901)]],
    ['another process that is told later', [read(1, 21)]],
    ['another key', [{ ...readOwn(0, 21), key: 'other' }]],
  ])('let a process be given %s', (_, reads) => {
    expect(olderThanOwn([...WRITES, ...reads])).toBeUndefined();
  });

  it.each<[what: string, reads: Recorded[]]>([
    ['the value before, right after its write', [readOwn(1, 20)]],
    ['nothing', [readOwn(0, 10)]],
    ['its write, and then the value before', [readOwn(3, 21), readOwn(1, 22)]],
    ['one that was not acknowledged, and replaced', [readOwn(2, 20)]],
  ])('find a process that is given %s', (_, reads) => {
    expect(olderThanOwn([...WRITES, ...reads])).toBeDefined();
  });

  it('forgive what was lost with a master, and nothing else', () => {
    const dies = (window: Window) => kept([...WRITES, readOwn(1, 500)], [window]);
    for (const window of [
      [15, 30],
      [19.5, 30],
      [15, 19.5],
    ] as const) {
      expect(olderThanOwn(dies(window))).toBeUndefined();
      expect(tooOld(dies(window), 100)).toBeUndefined();
    }
    for (const window of [
      [21, 30],
      [11, 18],
    ] as const) {
      expect(olderThanOwn(dies(window))).toBeDefined();
      expect(tooOld(dies(window), 100)).toBeDefined();
    }
  });
});
