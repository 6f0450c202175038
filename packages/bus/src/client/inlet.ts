// What arrives for this process from other members, and from itself: to its listeners, handlers and askers.

import type { Member } from '../bus.js';
import type { Stamps } from '../member.js';
import { Assembly } from '../wire/assembly.js';
import { split } from '../wire/body.js';
import {
  BROADCAST,
  CANCEL,
  FAILURE,
  LOSSY,
  type Parcel,
  REPLY,
  REQUEST,
  RETAINED,
} from '../wire/frame.js';
import type { Calls } from './requests/calls.js';
import type { Requests } from './requests/requests.js';
import type { Subscriptions } from './subscriptions.js';

interface Receivers {
  readonly subscriptions: Subscriptions;
  readonly calls: Calls;
  readonly requests: Requests;
  readonly stamps: Stamps;
  /** Who this process is: what has no address comes from itself. */
  self(): Member | undefined;
}

export class Inlet {
  /** Messages that arrived. */
  received = 0;
  /** Bodies, and payloads in them, that could not be opened. */
  bad = 0;
  readonly #receivers: Receivers;
  readonly #assembly = new Assembly((parcel) => this.#deliver(parcel));

  constructor(receivers: Receivers) {
    this.#receivers = receivers;
  }

  /** @returns `false` for a parcel that makes no sense. */
  take(parcel: Parcel): boolean {
    return this.#assembly.take(parcel);
  }

  /** This sender is gone: what of it is not complete never will be. */
  abandon(stamp: string): void {
    this.#assembly.abandon(stamp);
  }

  #deliver({ kind, name, address, count, body }: Parcel): boolean {
    const { subscriptions, stamps } = this.#receivers;
    const from = address === null ? this.#receivers.self() : stamps.read(address);
    if (from === undefined) return false;
    this.received += count;
    const isBroadcast = kind === BROADCAST || kind === LOSSY || kind === RETAINED;
    if (isBroadcast && !subscriptions.hears(name)) return true;
    let wires: unknown[];
    try {
      wires = split(body);
    } catch {
      // The sender's fault alone: what others sent in the same frame is delivered.
      this.bad++;
      return true;
    }
    return isBroadcast
      ? this.#dispatch(kind, name, from, wires)
      : this.#answer(kind, name, from, wires);
  }

  #dispatch(kind: string, topic: string, from: Member, wires: readonly unknown[]): true {
    const { subscriptions } = this.#receivers;
    this.bad +=
      kind === RETAINED
        ? subscriptions.dispatch(topic, from, wires.slice(1), Number(wires[0]))
        : subscriptions.dispatch(topic, from, wires);
    return true;
  }

  #answer(kind: string, call: string, from: Member, wires: readonly unknown[]): boolean {
    const { calls, requests } = this.#receivers;
    switch (kind) {
      case REQUEST:
        for (let i = 0; i + 1 < wires.length; i += 2)
          calls.take(call, from, wires[i], wires[i + 1]);
        return true;
      case REPLY:
        for (let i = 0; i + 1 < wires.length; i += 2) requests.reply(from, wires[i], wires[i + 1]);
        return true;
      case FAILURE:
        for (let i = 0; i + 1 < wires.length; i += 2) requests.fail(from, wires[i], wires[i + 1]);
        return true;
      case CANCEL:
        for (const id of wires) calls.cancel(from, id);
        return true;
      default:
        return false;
    }
  }
}
