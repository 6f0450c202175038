// The hub of the process in which the router lives.

import type { Member, MemberStats } from '../bus.js';
import { Client } from '../client/client.js';
import { LocalUplink } from '../client/local-uplink.js';
import { InvalidMemberError } from '../errors.js';
import { primaryMember } from '../members/member.js';
import { DEFAULT_KEEP_MS, DEFAULT_LIMIT_BYTES } from '../options/defaults.js';
import { Router } from '../router/router.js';
import { openOwnTransport } from '../transport/own-transport.js';
import {
  localTransport,
  type OpenTransport,
  type TransportReceiver,
} from '../transport/transport.js';
import type { Hub, OutboxStats } from './hub.js';

export interface RouterHub extends Hub {
  readonly router: Router;
  /** Routes what this process sent so far. */
  drain(): void;
  connect(member: Member, open: OpenTransport): void;
}

/** @param lookUp joins members that are there and that the router was not told of yet. */
export function routerHub(lookUp: () => void): RouterHub {
  const router = new Router(DEFAULT_LIMIT_BYTES, DEFAULT_KEEP_MS);
  let requested = 0;
  let keepMs: number | undefined;
  const toClient = localTransport((frame) => client.receive(frame));
  const self = primaryMember();
  const local = router.join(self, toClient);
  const uplink = new LocalUplink(
    (packets) => {
      for (const packet of packets) router.receive(local.peer, packet);
    },
    () => router.flushed(),
    lookUp,
  );
  const client = new Client(uplink, self);
  local.peer.inProcess = (packet) => client.take(packet);
  uplink.hello();
  return {
    client,
    router,
    drain: () => uplink.drain(),
    connect(member, open) {
      if (router.has(member)) {
        throw new InvalidMemberError(
          `there is a member in slot ${member.slot} of generation ${member.generation}; give another slot, or the next generation`,
        );
      }
      uplink.drain();
      let receiver: TransportReceiver | undefined;
      const transport = openOwnTransport(open, {
        frame: (frame) => receiver?.frame(frame),
        dying: () => receiver?.dying(),
        gone: () => receiver?.gone(),
      });
      ({ receiver } = router.join(member, transport));
    },
    raiseLimit(bytes) {
      requested = Math.max(requested, bytes);
      router.limit = requested;
      client.sender.limit = requested;
    },
    extendKeep(ms) {
      keepMs = Math.max(keepMs ?? 0, ms);
      router.keepMs = keepMs;
      client.sender.keepMs = keepMs;
    },
    outboxes: () => statsOf(router),
  };
}

function statsOf(router: Router): OutboxStats {
  const members = router.peers.map((peer) => ({
    ...peer.member,
    machine: router.machine,
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
    retained: router.retained,
    members,
  };
}
