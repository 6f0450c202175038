// What the router tells this process: who it is, who else is there, and who cannot take more.

import type { Member } from '../bus.js';
import { type Stamps, stampOf } from '../member.js';
import type { Body } from '../wire/body.js';
import {
  type Address,
  BUSY,
  CALM,
  GO,
  GONE,
  LEFT,
  MARKED,
  MEMBER,
  type Parcel,
  STOP,
  SYNCED,
  WELCOME,
  WHO,
} from '../wire/frame.js';
import type { Gate } from './gate.js';
import type { Inlet } from './inlet.js';
import type { Outlet } from './outlet.js';
import type { Calls } from './requests/calls.js';
import type { Requests } from './requests/requests.js';
import type { Roster } from './roster.js';

interface Told {
  readonly roster: Roster;
  readonly gate: Gate;
  readonly requests: Requests;
  readonly calls: Calls;
  readonly inlet: Inlet;
  readonly outlet: Outlet;
  readonly stamps: Stamps;
}

export class News {
  readonly #told: Told;

  constructor(told: Told) {
    this.#told = told;
  }

  /** @returns whether it made sense; `undefined` for what is no news. */
  take({ kind, name, address, count, body }: Parcel): boolean | undefined {
    const { gate, outlet, stamps } = this.#told;
    switch (kind) {
      case MEMBER: {
        const member = stamps.read(address);
        return member !== undefined && this.#member(name, member, address);
      }
      case WELCOME: {
        const self = stamps.read(address);
        if (self === undefined) return false;
        gate.isOff = false;
        outlet.welcomed(self, limitOf(body));
        return true;
      }
      case WHO:
        outlet.hello();
        return true;
      case STOP: {
        const member = stamps.read(address);
        if (member !== undefined) gate.stop(String(address), member, count);
        return member !== undefined;
      }
      case SYNCED:
        outlet.synced(name);
        return true;
      case MARKED:
        outlet.returned();
        return true;
      case GO:
        gate.go(String(address));
        return true;
      case BUSY: {
        const member = stamps.read(address);
        if (member !== undefined) gate.busy(String(address), member);
        return member !== undefined;
      }
      case CALM:
        gate.calm(String(address));
        return true;
      default:
        return undefined;
    }
  }

  #member(what: string, member: Member, stamp: Address): boolean {
    const { roster, inlet, outlet } = this.#told;
    const isNews = outlet.isKnown;
    switch (what) {
      case 'known':
        roster.add(member, false, isNews);
        return true;
      case 'up':
        roster.add(member, true, isNews);
        return true;
      case 'joined':
        roster.add(member, true, isNews);
        roster.announce(member, isNews);
        return true;
      case 'open':
        roster.open(member);
        return true;
      case GONE:
        this.#ended(member);
        return true;
      case LEFT:
        inlet.abandon(String(stamp));
        this.#ended(member);
        roster.remove(member);
        return true;
      default:
        return false;
    }
  }

  /** Nothing comes from this member any more, and nothing reaches it. */
  #ended(member: Member): void {
    const { roster, gate, requests, calls } = this.#told;
    roster.end(member);
    gate.gone(stampOf(member));
    requests.gone(member);
    calls.gone(member);
  }
}

function limitOf(body: Body): number {
  const bytes = Number(body);
  return bytes > 0 ? bytes : Number.POSITIVE_INFINITY;
}
