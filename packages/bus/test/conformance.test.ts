// The suite over the byte channel and over Node's own, in processes of their own, and over the loopback, in this one.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { busSuite, type SuiteCluster, serveSuite, startLoopback } from '@muster/bus/testing';
import { describe, test } from 'vitest';
import { BYTE_CHANNEL } from './support/run-fixture.js';

type Stoppable = SuiteCluster & { stop(): Promise<unknown> };

const transports: Record<string, (workers: number) => Promise<Stoppable>> = {
  bytes: (workers) => processes(workers, ['--import', BYTE_CHANNEL]),
  ipc: (workers) => processes(workers, []),
  loopback,
};

for (const [transport, start] of Object.entries(transports)) {
  describe(transport, () => {
    for (const { name, workers, run } of busSuite) {
      test(name, async () => {
        const cluster = await start(workers);
        try {
          await run(cluster);
        } finally {
          await cluster.stop();
        }
      });
    }
  });
}

async function loopback(workers: number): Promise<Stoppable> {
  const cluster = startLoopback(workers);
  const serving = new Map([
    ['primary', serveSuite(cluster.primary)] as const,
    ...cluster.workers.map((bus, slot) => [slot, serveSuite(bus)] as const),
  ] as [number | 'primary', ReturnType<typeof serveSuite>][]);
  return {
    // Copied, as over any channel.
    run: async (member, action, input) =>
      structuredClone(await serving.get(member)?.(action, input)) as never,
    kill: async (slot) => cluster.kill(slot),
    stop: () => Promise.all([cluster.primary, ...cluster.workers].map((bus) => bus.close())),
  };
}

async function processes(workers: number, execArgv: string[]): Promise<Stoppable> {
  const path = fileURLToPath(new URL('./fixtures/conformance.js', import.meta.url));
  const child = fork(path, [`${workers}`], { execArgv });
  const pending = new Map<number, (result: unknown) => void>();
  child.on('message', ({ id, result }: { id: number; result: unknown }) => {
    pending.get(id)?.(result);
    pending.delete(id);
  });
  await new Promise((resolve) => pending.set(0, resolve));
  let lastId = 0;
  const send = (member: unknown, action: string, input?: unknown) =>
    new Promise((resolve) => {
      pending.set(++lastId, resolve);
      child.send({ id: lastId, member, action, input });
    });
  return {
    run: (member, action, input) => send(member, action, input) as never,
    kill: (slot) => send(slot, 'kill') as Promise<void>,
    stop: () => {
      const gone = once(child, 'exit');
      child.send({ action: 'stop' });
      return gone;
    },
  };
}
