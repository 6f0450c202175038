// Members in one process, each with a hub of its own, and a router between them: the bus without a channel.

import type { Bus } from '../bus.js';
import { openBus } from '../handle/create-bus.js';
import { workerMember } from '../members/member.js';
import { routerHub } from '../process/router-hub.js';
import { workerHub } from '../process/worker-hub.js';
import type { Transport, TransportReceiver } from '../transport/transport.js';
import type { Frame } from '../wire/frame.js';

/** A cluster in this process. */
export interface Loopback {
  readonly primary: Bus;
  /** By slot. */
  readonly workers: readonly Bus[];
  /** Ends the member in this slot as a crash does. */
  kill(slot: number): void;
}

export function startLoopback(workers: number): Loopback {
  const hub = routerHub(() => {});
  const kills: (() => void)[] = [];
  const buses = Array.from({ length: workers }, (_, slot) => {
    const member = workerMember({ slot, generation: 1 });
    let alive = true;
    const isAlive = () => alive;
    let toWorker: TransportReceiver | undefined;
    const kill = () => {
      alive = false;
      receiver.dying();
      receiver.gone();
      toWorker?.gone();
    };
    const transport = transportTo(() => toWorker, isAlive);
    const { receiver } = hub.router.join(member, { ...transport, expel: kill });
    kills[slot] = kill;
    const openTransport = (own: TransportReceiver) => {
      toWorker = own;
      return transportTo(() => receiver, isAlive);
    };
    return openBus<Record<string, unknown>, Record<string, (input: unknown) => unknown>>(
      {},
      false,
      workerHub(openTransport, member),
    );
  });
  return {
    primary: openBus({}, false, hub),
    workers: buses,
    kill: (slot) => kills[slot]?.(),
  };
}

/** Frames arrive as they would from another process: copied, in order, later. */
function transportTo(
  receiver: () => TransportReceiver | undefined,
  isAlive: () => boolean,
): Transport {
  return {
    send(frame: Frame, sent: () => void) {
      const text = JSON.stringify(frame);
      setImmediate(() => {
        if (isAlive()) receiver()?.frame(JSON.parse(text));
        sent();
      });
    },
  };
}
