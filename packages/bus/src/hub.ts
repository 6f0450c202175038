// The one hub of this process, shared by all buses in it.

import cluster, { type Worker } from 'node:cluster';
import type { Member, MemberStats } from './bus.js';
import { Client, type Uplink } from './client.js';
import { HELLO, signal, VERSION, WHO } from './frame.js';
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
  /** No outbox of this process has a lower limit, in bytes. */
  raiseLimit(bytes: number): void;
  outboxes(): OutboxStats;
}

/** What waits in this process, and what became of what did. */
export interface OutboxStats {
  readonly bytes: number;
  readonly messages: number;
  readonly dropped: number;
  readonly lost: number;
  readonly badFrames: number;
  readonly members: readonly MemberStats[];
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
  const router = new Router(0);
  const slots = new Slots();
  const attached = new WeakSet<Worker>();

  const attach = (worker: Worker, member: Member) => {
    slots.take(member);
    openPrimaryPort(worker, (port) => {
      const { receiver } = router.join(member, port);
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
      for (const parcel of parcels) router.receive(local.peer, parcel);
    },
    () => router.flushed(),
    () => liveWorkers().forEach(attachNew),
  );
  const client = new Client(uplink, PRIMARY);
  local.peer.inProcess = (parcel) => client.take(parcel);
  uplink.hello();

  for (const worker of liveWorkers()) {
    attachNew(worker);
    worker.process.send(signal(WHO) as object, undefined, {}, () => {});
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
    raiseLimit(bytes) {
      router.limit = Math.max(bytes, router.limit);
    },
    outboxes: () => statsOf(router),
  };
}

function statsOf(router: Router): OutboxStats {
  const members = router.peers.map((peer) => ({
    ...peer.member,
    bytes: peer.bytes,
    messages: peer.messages,
    dropped: peer.dropped,
    waiting: peer.isWaiting,
  }));
  const sum = (of: (one: MemberStats) => number) => members.reduce((all, one) => all + of(one), 0);
  return {
    bytes: sum((one) => one.bytes),
    messages: sum((one) => one.messages),
    dropped: sum((one) => one.dropped) + router.droppedBefore,
    lost: router.lost,
    badFrames: router.badFrames,
    members,
  };
}

function workerHub(): Hub {
  let lost = 0;
  const port = openWorkerPort({
    frame: (message) => client.receive(message),
    dying() {},
    gone() {
      lost += outbox.close();
      client.cutOff();
    },
  });
  // Until the primary has answered the hello, what is sent waits: it may have no bus yet.
  const outbox = new Outbox(port, 0, true);
  const uplink: Uplink = {
    get limit() {
      return outbox.limit;
    },
    get bytes() {
      return outbox.bytes;
    },
    push: (parcel) => outbox.push(parcel),
    accepts: (bytes) => outbox.accepts(bytes),
    onRoom: (listener) => outbox.onRoom(listener),
    lookUp() {},
    hello: () => port.send(signal(HELLO), () => {}),
    welcomed: () => outbox.resume(),
    flushed: () => outbox.flushed(),
  };
  const client = new Client(uplink, memberFromEnv(process.env));
  uplink.hello();
  return {
    client,
    raiseLimit(bytes) {
      outbox.limit = Math.max(bytes, outbox.limit);
    },
    outboxes: () => ({
      bytes: outbox.bytes,
      messages: outbox.messages,
      dropped: outbox.dropped,
      lost,
      badFrames: 0,
      members: [],
    }),
  };
}
