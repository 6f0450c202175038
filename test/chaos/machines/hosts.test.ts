// Machines with addresses of their own, on a network that drops what they send and falls apart: as hosts in network namespaces.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RedisServer, startRedis } from '../../support/redis/server.js';
import { round } from '../rounds.js';
import { MachineGroup, MachineProcess } from './group.js';
import { faultsOf } from './history.js';
import { Network, whyNoNetwork } from './network.js';

const { hosts: count, stoppedMs } = round({
  short: { hosts: 2, stoppedMs: 3_500 },
  full: { hosts: 4, stoppedMs: 10_000 },
});

/** Beside what the promise says, for computers that are busy. */
const BUSY_MS = 20_000;
const LIMITS = { tellMs: 2_000 + BUSY_MS, settleMs: 3_000 + stoppedMs + BUSY_MS };

const reason = whyNoNetwork();
if (reason !== undefined) console.warn(`test/chaos/machines/hosts is SKIPPED: ${reason}`);

let network: Network;
let redis: RedisServer;
let group: MachineGroup;

beforeAll(async () => {
  if (reason !== undefined) return;
  network = new Network(count);
  const args = ['--bind', '127.0.0.1', network.address, '--protected-mode', 'no'];
  redis = await startRedis({ args });
  const options = { url: `redis://${network.address}:${redis.port}`, group: randomUUID() };
  group = new MachineGroup(
    network.hosts.map(
      ({ command }, at) => new MachineProcess({ ...options, name: `host-${at}` }, 1, command),
    ),
  );
  await group.allThere();
  await group.heardOf();
});

afterAll(async () => {
  await group?.stop();
  await redis?.stop();
  network?.remove();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** How another host knows it. */
async function epochOf(machine: MachineProcess): Promise<number | undefined> {
  const other = group.machines.find((one) => one !== machine);
  const status = await other?.status();
  return status?.machines.find(({ name }) => name === machine.name)?.epoch;
}

test.skipIf(reason !== undefined)(
  'hosts that are cut off, and stopped, keep the promises',
  async () => {
    const [first] = network.hosts;
    const [machine] = group.machines as [MachineProcess];
    const why = first?.disturb('delay', '50ms', '20ms', 'loss', '5%');
    if (why === undefined) await group.heardOf();
    else console.warn(`test/chaos/machines/hosts is SKIPPED in part, no delay and loss: ${why}`);

    first?.unplug();
    await vi.waitFor(async () => {
      expect(await epochOf(machine)).toBeUndefined();
      expect(await machine.status()).toMatchObject({ link: { up: false } });
    });
    first?.plugIn();
    await group.allThere();
    await group.heardOf();

    const before = (await epochOf(machine)) ?? 0;
    machine.process.kill('SIGSTOP');
    await pause(stoppedMs);
    machine.process.kill('SIGCONT');
    await vi.waitFor(async () => expect(await epochOf(machine)).toBeGreaterThan(before));
    await group.allThere();
    await group.heardOf();

    expect(faultsOf(await group.settled(), LIMITS)).toEqual([]);
  },
);
