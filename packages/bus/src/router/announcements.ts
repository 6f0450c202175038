// The router's messages to members about members.

import {
  BUSY,
  CALM,
  GAP,
  GO,
  GONE,
  LEFT,
  MEMBER,
  type Packet,
  STOP,
  WELCOME,
} from '../wire/frame.js';
import type { GatewayPeer } from './gateway-peer.js';
import type { Members } from './members.js';
import type { Peer } from './peer.js';

export class Announcements {
  readonly #members: Members;
  /** Where news of members of this machine go as well. */
  gatewayPeer: GatewayPeer | undefined;

  constructor(members: Members) {
    this.#members = members;
  }

  /** Answers the hello of a member with who is there, and tells the others of it. */
  welcome(peer: Peer): void {
    for (const other of this.#members.everywhere) {
      this.#inform(peer, MEMBER, other.isUp ? 'joined' : 'known', other);
      if (!other.isWaiting) this.#inform(peer, MEMBER, 'open', other);
    }
    this.greet(peer);
    this.tell(peer, 'joined');
  }

  /** Tells a member who it is, what its machine is called, and how much an outbox holds. */
  greet(peer: Peer): void {
    const { machine } = this.#members;
    peer.outbox.push({ ...noticeOf(WELCOME, machine, peer), body: `${peer.outbox.limit}` });
  }

  /** Tells all that are up about a member. */
  tell(about: Peer, what: 'known' | 'joined' | 'open' | typeof LEFT): void {
    if (!about.isRemote) this.gatewayPeer?.announce(about, what);
    for (const peer of this.#members.all) {
      if (!peer.isUp || peer === about) continue;
      // That a member is there is known at once; what it does, and its end, in order with what it sends.
      if (what === 'known' || what === 'open') this.#atOnce(peer, MEMBER, what, about);
      else if (!peer.isWaiting) this.#inform(peer, MEMBER, what, about);
      else {
        // The news has its place behind what is kept of that member, but requests need it now.
        this.#inform(peer, MEMBER, what === LEFT ? GONE : 'up', about);
        peer.keep(undefined, noticeOf(MEMBER, what, about));
      }
    }
  }

  /** Tells all that messages of a machine may have been missed. @param address the stamp of any member of it */
  gap(address: string, sinceMs: number): void {
    const notice = { kind: MEMBER, name: GAP, address, count: 0, body: `${Math.round(sinceMs)}` };
    for (const peer of this.#members.all) if (peer.isUp) peer.outbox.push(notice);
  }

  /** Tells a sender that a member is full, and what it may still send to it. */
  full(sender: Peer, full: Peer, credit: number): void {
    beforeAll(sender, { kind: STOP, name: '', address: full.stamp, count: credit, body: '' });
  }

  room(sender: Peer, about: Peer): void {
    beforeAll(sender, noticeOf(GO, '', about));
  }

  /** Tells a sender that much waits for a member. */
  busy(sender: Peer, about: Peer): void {
    beforeAll(sender, noticeOf(BUSY, '', about));
  }

  calm(sender: Peer, about: Peer): void {
    beforeAll(sender, noticeOf(CALM, '', about));
  }

  #atOnce(peer: Peer, kind: string, name: string, about: Peer): void {
    if (peer.inProcess === undefined) this.#inform(peer, kind, name, about);
    else peer.inProcess(noticeOf(kind, name, about));
  }

  #inform(peer: Peer, kind: string, name: string, about: Peer): void {
    peer.outbox.push(noticeOf(kind, name, about));
  }
}

export function beforeAll(peer: Peer, packet: Packet): void {
  if (peer.inProcess === undefined) peer.outbox.pushFirst(packet);
  else peer.inProcess(packet);
}

function noticeOf(kind: string, name: string, about: Peer) {
  return { kind, name, address: about.stamp, count: 0, body: '' };
}
