// The hub of the primary of a cluster, or of a process without one: the router, and a transport to each worker.

import cluster, { type Worker } from 'node:cluster';
import { assignedMember } from '../assign-member.js';
import type { Member } from '../bus.js';
import { liveWorkers, openPrimaryTransport } from '../transport/primary-transport.js';
import { signalFrame, WHO } from '../wire/frame.js';
import type { Hub } from './hub.js';
import { routerHub } from './router-hub.js';
import { Slots } from './slots.js';

export function clusterHub(): Hub {
  const slots = new Slots();
  const attached = new WeakSet<Worker>();

  const attach = (worker: Worker, member: Member) => {
    slots.take(member);
    openPrimaryTransport(worker, (transport) => {
      const { receiver } = hub.router.join(member, transport);
      return {
        frame: receiver.frame,
        dying: receiver.dying,
        gone() {
          slots.leave(member);
          receiver.gone();
        },
      };
    });
  };
  const attachNew = (worker: Worker) => {
    if (attached.has(worker)) return;
    attached.add(worker);
    attach(worker, assignedMember(worker) ?? slots.next());
  };

  const hub = routerHub(() => liveWorkers().forEach(attachNew));
  for (const worker of liveWorkers()) {
    attachNew(worker);
    worker.process.send(signalFrame(WHO) as object, undefined, {}, () => {});
  }
  cluster.on('fork', attachNew);
  return {
    ...hub,
    connect(member, open) {
      hub.connect(member, (receiver) =>
        open({
          ...receiver,
          gone() {
            slots.leave(member);
            receiver.gone();
          },
        }),
      );
      slots.take(member);
    },
    assign(worker, member) {
      if (attached.has(worker)) return;
      attached.add(worker);
      hub.drain();
      attach(worker, member);
    },
  };
}
