// Gives messages for this process, from other members and from itself, to its listeners, handlers and requesters.

import type { Member } from '../bus.js';
import type { Stamps } from '../members/member.js';
import { split } from '../wire/body.js';
import {
  BROADCAST,
  CANCEL,
  FAILURE,
  LOSSY,
  type Packet,
  REPLY,
  REQUEST,
  RETAINED,
} from '../wire/frame.js';
import { Reassembly } from '../wire/reassembly.js';
import type { Handlers } from './requests/handlers.js';
import type { PendingRequests } from './requests/pending-requests.js';
import type { Subscriptions } from './subscriptions.js';

interface Destinations {
  readonly subscriptions: Subscriptions;
  readonly handlers: Handlers;
  readonly requests: PendingRequests;
  readonly stamps: Stamps;
  /** The member that this process is: a message without an address comes from itself. */
  self(): Member | undefined;
}

export class Receiver {
  /** Messages that arrived. */
  received = 0;
  /** Bodies, and payloads in them, that could not be opened. */
  bad = 0;
  readonly #destinations: Destinations;
  readonly #reassembly = new Reassembly((packet) => this.#deliver(packet));

  constructor(destinations: Destinations) {
    this.#destinations = destinations;
  }

  /** @returns `false` for a packet that makes no sense. */
  take(packet: Packet): boolean {
    return this.#reassembly.take(packet);
  }

  /** This sender is gone: what of it is not complete never will be. */
  abandon(stamp: string): void {
    this.#reassembly.abandon(stamp);
  }

  #deliver({ kind, name, address, count, body }: Packet): boolean {
    const { subscriptions, stamps } = this.#destinations;
    const from = address === null ? this.#destinations.self() : stamps.read(address);
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
    const { subscriptions } = this.#destinations;
    this.bad +=
      kind === RETAINED
        ? subscriptions.dispatch(topic, from, wires.slice(1), Number(wires[0]))
        : subscriptions.dispatch(topic, from, wires);
    return true;
  }

  #answer(kind: string, call: string, from: Member, wires: readonly unknown[]): boolean {
    const { handlers, requests } = this.#destinations;
    switch (kind) {
      case REQUEST:
        for (let i = 0; i + 1 < wires.length; i += 2)
          handlers.take(call, from, wires[i], wires[i + 1]);
        return true;
      case REPLY:
        for (let i = 0; i + 1 < wires.length; i += 2) requests.reply(from, wires[i], wires[i + 1]);
        return true;
      case FAILURE:
        for (let i = 0; i + 1 < wires.length; i += 2) requests.fail(from, wires[i], wires[i + 1]);
        return true;
      case CANCEL:
        for (const id of wires) handlers.cancel(from, id);
        return true;
      default:
        return false;
    }
  }
}
