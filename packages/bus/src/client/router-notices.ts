// The router's notices to this process: its own member, the other members, and which of them are full.

import type { Member } from '../bus.js';
import { type Stamps, stampOf } from '../members/member.js';
import type { Body } from '../wire/body.js';
import {
  type Address,
  BUSY,
  CALM,
  GAP,
  GO,
  GONE,
  LEFT,
  MARKED,
  MEMBER,
  type Packet,
  STOP,
  SYNCED,
  WELCOME,
  WHO,
} from '../wire/frame.js';
import type { Backpressure } from './backpressure.js';
import type { Membership } from './membership.js';
import type { Receiver } from './receiver.js';
import type { Handlers } from './requests/handlers.js';
import type { PendingRequests } from './requests/pending-requests.js';
import type { Sender } from './sender.js';

interface Parts {
  readonly membership: Membership;
  readonly backpressure: Backpressure;
  readonly requests: PendingRequests;
  readonly handlers: Handlers;
  readonly receiver: Receiver;
  readonly sender: Sender;
  readonly stamps: Stamps;
}

export class RouterNotices {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @returns whether it made sense; `undefined` for what is no news. */
  take({ kind, name, address, count, body }: Packet): boolean | undefined {
    const { backpressure, sender, stamps } = this.#parts;
    switch (kind) {
      case MEMBER: {
        const member = stamps.read(address);
        return member !== undefined && this.#member(name, member, address, body);
      }
      case WELCOME: {
        this.#named(name);
        const self = stamps.read(address);
        if (self === undefined) return false;
        backpressure.isOff = false;
        sender.welcomed(self, limitOf(body));
        return true;
      }
      case WHO:
        sender.hello();
        return true;
      case STOP: {
        const member = stamps.read(address);
        if (member !== undefined) backpressure.stop(String(address), member, count);
        return member !== undefined;
      }
      case SYNCED:
        sender.synced(name);
        return true;
      case MARKED:
        sender.returned();
        return true;
      case GO:
        backpressure.go(String(address));
        return true;
      case BUSY: {
        const member = stamps.read(address);
        if (member !== undefined) backpressure.busy(String(address), member);
        return member !== undefined;
      }
      case CALM:
        backpressure.calm(String(address));
        return true;
      default:
        return undefined;
    }
  }

  #named(machine: string): void {
    const { membership, stamps } = this.#parts;
    if (machine === '' || machine === stamps.machine) return;
    stamps.machine = machine;
    membership.rename((member) => stamps.read(stampOf(member)) ?? member);
  }

  #member(what: string, member: Member, stamp: Address, body: Body): boolean {
    const { membership, receiver, sender } = this.#parts;
    const notify = sender.isKnown;
    switch (what) {
      case 'known':
        membership.add(member, false, notify);
        return true;
      case 'up':
        membership.add(member, true, notify);
        return true;
      case 'joined':
        membership.add(member, true, notify);
        membership.announce(member, notify);
        return true;
      case 'open':
        membership.open(member);
        return true;
      case GAP:
        membership.gap({ machine: member.machine, sinceMs: Number(body) });
        return true;
      case GONE:
        this.#ended(member);
        return true;
      case LEFT:
        receiver.abandon(String(stamp));
        this.#ended(member);
        membership.remove(member);
        return true;
      default:
        return false;
    }
  }

  /** Nothing comes from this member any more, and nothing reaches it. */
  #ended(member: Member): void {
    const { membership, backpressure, requests, handlers } = this.#parts;
    membership.end(member);
    backpressure.gone(stampOf(member));
    requests.gone(member);
    handlers.gone(member);
  }
}

function limitOf(body: Body): number {
  const bytes = Number(body);
  return bytes > 0 ? bytes : Number.POSITIVE_INFINITY;
}
