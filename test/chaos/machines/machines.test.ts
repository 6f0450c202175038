// Machines are killed and stopped, and Redis is restarted, while all of their workers send numbered messages to each other:
// order, no duplicates, every loss inside a gap that was told, every request settled, memory bounded.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RedisServer, startRedis } from '../../support/redis/server.js';
import { round } from '../rounds.js';
import { MachineProcess, type Report } from './group.js';

const { machines: count, rounds } = round({
  short: { machines: 3, rounds: 1 },
  full: { machines: 4, rounds: 8 },
});
const WORKERS = 2;

/** A primary that is stopped so long is gone for the others, by some margin. In milliseconds. */
const STOPPED_MS = round({ short: 4_000, full: 10_000 });

const MAX_PRIMARY_BYTES = 400 * 1024 * 1024;

let redis: RedisServer;
let group: MachineProcess[] = [];

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(async () => {
  await Promise.all(group.map((machine) => machine.stop()));
  await redis?.stop();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('machines that are killed and stopped, and a Redis that loses everything, cost what the promise says', async () => {
  const options = { url: redis.url, group: randomUUID() };
  const start = (name: string) => new MachineProcess({ ...options, name }, WORKERS);
  group = Array.from({ length: count }, (_, i) => start(`machine-${i}`));
  await Promise.all(group.map(({ up }) => up));
  await allThere();
  for (let at = 0; at < rounds; at++) {
    const [killed, stopped] = [at % count, (at + 1) % count];
    await heardOf(group);
    await group[killed]?.kill();
    group[killed] = start(`machine-${killed}`);
    await redis.kill();
    await redis.restart();
    await group[killed]?.up;
    await allThere();
    await heardOf(group);
    group[stopped]?.process.kill('SIGSTOP');
    await pause(STOPPED_MS);
    group[stopped]?.process.kill('SIGCONT');
    await allThere();
  }
  await heardOf(group);
  await Promise.all(group.map((machine) => machine.quiet()));
  const reports = await settled();
  const found = reports.flatMap(({ faults }) => faults);
  expect(found).toEqual([]);
  for (const { name, senders, gaps } of reports) {
    for (const [sender, { machine, missing }] of Object.entries(senders)) {
      if (missing > 0) expect(gaps, `${name} missed ${missing} of ${sender}`).toContain(machine);
    }
  }
  for (const machine of group) expect(await machine.memory()).toBeLessThan(MAX_PRIMARY_BYTES);
});

/** Everybody knows of everybody. */
async function allThere(): Promise<void> {
  await vi.waitFor(async () => {
    for (const machine of group) {
      const { machines, link } = await machine.status();
      expect(link.up).toBe(true);
      expect(machines).toHaveLength(count - 1);
    }
  });
}

/** Each worker hears each other one, as it is now. */
async function heardOf(machines: readonly MachineProcess[]): Promise<void> {
  const before = await reportsOf(machines);
  await vi.waitFor(async () => {
    for (const { name, senders } of await reportsOf(machines)) {
      for (const other of before) {
        if (other.name === name) continue;
        const last = senders[other.name]?.last ?? -1;
        expect(last, `${other.name} at ${name}`).toBeGreaterThanOrEqual(other.sent);
      }
    }
  });
}

/** All that was sent has arrived, and all that was asked is answered. */
async function settled(): Promise<readonly Report[]> {
  return vi.waitFor(async () => {
    const reports = await reportsOf(group);
    for (const { name, pending, senders } of reports) {
      expect(pending).toBe(0);
      for (const other of reports) {
        if (other.name !== name) expect(senders[other.name]?.last).toBe(other.sent - 1);
      }
    }
    return reports;
  });
}

async function reportsOf(machines: readonly MachineProcess[]): Promise<Report[]> {
  return (await Promise.all(machines.map((machine) => machine.reports()))).flat();
}
