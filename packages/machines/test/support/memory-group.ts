// Machines in this process, each with a router and workers of its own, on one log: in memory, or another one.

import { expect, vi } from 'vitest';
import type { Bus } from '../../../bus/dist/bus.js';
import { openBus } from '../../../bus/dist/handle/create-bus.js';
import { openGateway } from '../../../bus/dist/machines/router-gateway.js';
import { workerMember } from '../../../bus/dist/members/member.js';
import { routerHub } from '../../../bus/dist/process/router-hub.js';
import { workerHub } from '../../../bus/dist/process/worker-hub.js';
import type { TransportReceiver } from '../../../bus/dist/transport/transport.js';
import { type Frame, inJson } from '../../../bus/dist/wire/frame.js';
import { Bridge } from '../../dist/bridge/bridge.js';
import type { JoinEvents } from '../../dist/bridge/news.js';
import { sealOf } from '../../dist/entries/seal.js';
import type { Link } from '../../dist/link/link.js';
import type { MemoryLink } from '../../dist/link/memory/memory-log.js';

export interface TestMachine<Way extends Link = MemoryLink> {
  readonly name: string;
  readonly primary: Bus;
  /** By slot. */
  readonly workers: ReadonlyMap<number, Bus>;
  readonly link: Way;
  readonly bridge: Bridge;
  worker(slot: number): Bus;
  /** Ends a worker as a crash does. */
  kill(slot: number): void;
}

export interface TestMachineOptions extends JoinEvents {
  readonly slots?: readonly number[];
  readonly secret?: string;
  readonly goneMs?: number;
}

let lastId = 0;

export function startMachine<Way extends Link>(
  log: { link(): Way },
  name: string,
  { slots = [0, 1], secret, goneMs = 1_000_000_000, ...events }: TestMachineOptions = {},
): TestMachine<Way> {
  const hub = routerHub(() => {});
  const link = log.link();
  const bridge = new Bridge({
    id: `machine-${String(++lastId).padStart(4, '0')}`,
    name,
    link,
    seal: sealOf(secret, 'test'),
    isSealed: secret !== undefined,
    historyMs: 60_000,
    goneMs,
    openGateway: (uplink) => openGateway(hub.router, uplink),
    events,
  });
  const kills = new Map<number, () => void>();
  const workers = new Map<number, Bus>();
  for (const slot of slots) {
    const member = workerMember({ slot, generation: 1 });
    let isAlive = true;
    let toWorker: TransportReceiver | undefined;
    const transportTo = (receiver: () => TransportReceiver | undefined) => ({
      send(frame: Frame, sent: () => void) {
        const text = JSON.stringify(inJson(frame));
        setImmediate(() => {
          if (isAlive) receiver()?.frame(JSON.parse(text));
          sent();
        });
      },
    });
    const kill = () => {
      isAlive = false;
      receiver.dying();
      receiver.gone();
      toWorker?.gone();
    };
    const { receiver } = hub.router.join(member, { ...transportTo(() => toWorker), expel: kill });
    kills.set(slot, kill);
    const hubOf = workerHub((own) => {
      toWorker = own;
      return transportTo(() => receiver);
    }, member);
    workers.set(slot, openBus({}, false, hubOf));
  }
  bridge.start();
  const primary: Bus = openBus({}, false, hub);
  return {
    ...{ name, primary, workers, link, bridge },
    worker: (slot) => workers.get(slot) as Bus,
    kill: (slot) => kills.get(slot)?.(),
  };
}

export async function stopMachines(machines: readonly TestMachine<Link>[]): Promise<void> {
  await Promise.all(
    machines.map(async ({ bridge, primary, workers, link }) => {
      if ('faults' in link) (link as MemoryLink).faults.cut = false;
      await bridge.close();
      await Promise.all([primary, ...workers.values()].map((bus) => bus.close()));
    }),
  );
}

/** Resolves when every member of each of these knows of as many as there are. */
export async function allJoined(machines: readonly TestMachine<Link>[]): Promise<void> {
  const buses = machines.flatMap(({ primary, workers }) => [primary, ...workers.values()]);
  await vi.waitFor(() => {
    for (const bus of buses) expect(bus.members()).toHaveLength(buses.length);
  });
}
