// The one hub of this process, shared by all buses in it.

import cluster, { type Worker } from 'node:cluster';
import type { Member } from './bus.js';
import { Client } from './client.js';
import { frameOf, HELLO, VERSION, WHO } from './frame.js';
import { liveWorkers, openPrimaryPort } from './ipc-primary.js';
import { openWorkerPort } from './ipc-worker.js';
import { LocalUplink } from './local-uplink.js';
import { PRIMARY, workerMember } from './member.js';
import { memberFromEnv } from './member-env.js';
import { Outbox } from './outbox.js';
import { Router } from './router.js';
import { Slots } from './slots.js';

export interface Hub {
  readonly client: Client;
  /** In the primary: says which member a worker is. Elsewhere absent. */
  readonly assign?: (worker: Worker, member: Member) => void;
}

/**
 * Two copies of this package that write the same frames share one hub. A copy that writes others has a hub
 * of its own, and the two do not hear each other.
 */
const KEY = Symbol.for(`@muster/bus/hub/${VERSION}`);

export function theHub(): Hub {
  const home = globalThis as { [KEY]?: Hub };
  home[KEY] ??= cluster.isWorker ? workerHub() : primaryHub();
  return home[KEY];
}

function primaryHub(): Hub {
  const router = new Router();
  const slots = new Slots();
  const attached = new WeakSet<Worker>();

  const attach = (worker: Worker, member: Member) => {
    slots.take(member);
    openPrimaryPort(worker, (port) => {
      const { receiver } = router.join(member, port);
      return {
        frame: receiver.frame,
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
    attach(worker, slots.next());
  };

  const local = router.join(PRIMARY, {
    send(frame, sent) {
      client.receive(frame);
      setImmediate(sent);
    },
  });
  const uplink = new LocalUplink(
    (parcels) => {
      liveWorkers().forEach(attachNew);
      for (const parcel of parcels) router.receive(local.peer, parcel);
    },
    () => router.flushed(),
  );
  const client = new Client(uplink, PRIMARY);
  uplink.hello();

  for (const worker of liveWorkers()) {
    attachNew(worker);
    worker.process.send(frameOf([WHO, '', null, '']) as object, undefined, {}, () => {});
  }
  cluster.on('fork', attachNew);
  return {
    client,
    assign(worker, member) {
      if (attached.has(worker)) return;
      const known = workerMember(member);
      attached.add(worker);
      uplink.drain();
      attach(worker, known);
    },
  };
}

function workerHub(): Hub {
  const port = openWorkerPort({
    frame: (message) => client.receive(message),
    gone: () => outbox.close(),
  });
  // Until the primary has answered the hello, what is sent waits: it may have no bus yet.
  const outbox = new Outbox(port, true);
  const hello = () => port.send(frameOf([HELLO, '', null, '']), () => {});
  const client = new Client(
    {
      push: (kind, name, address, body) => outbox.push(kind, name, address, body),
      hello,
      welcomed: () => outbox.resume(),
      flushed: () => outbox.flushed(),
    },
    memberFromEnv(process.env),
  );
  hello();
  return { client };
}
