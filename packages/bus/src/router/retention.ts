// Retained values on their way: to those who listen now, and to those who begin to.

import { isReserved, MAX_TOPIC_LENGTH, matches } from '../topic.js';
import { type Body, prefixed } from '../wire/body.js';
import { type Address, type Parcel, RETAINED, RETAINED_SELF } from '../wire/frame.js';
import { cut } from '../wire/long.js';
import type { Members } from './members.js';
import type { Peer } from './peer.js';
import { Retained } from './retained.js';
import type { Routes } from './routes.js';

export class Retention {
  readonly #members: Members;
  readonly #routes: Routes;
  readonly #retained = new Retained();

  constructor(members: Members, routes: Routes) {
    this.#members = members;
    this.#routes = routes;
  }

  /** @returns `false` for a topic that is none. */
  retain(from: Peer, kind: string, topic: string, target: Address, body: Body): boolean {
    if (topic === '' || topic.length > MAX_TOPIC_LENGTH) return false;
    const self = kind === RETAINED_SELF;
    const version = this.#retained.nextVersion();
    this.#retained.set({ topic, version, stamp: from.stamp, target, self, body });
    // Who does not listen yet gets the last one when it does.
    const listeners = this.#routes.listenersTo(topic, target);
    const receivers = self ? listeners : listeners.filter((peer) => peer !== from);
    const whole = parcelOf(topic, from.stamp, version, body);
    for (const one of cut(whole, 'r') ?? [whole]) this.#routes.pass(from, one, topic, receivers);
    return true;
  }

  /** Sends a peer the values of the topics that it listens to by this pattern. */
  recall(peer: Peer, pattern: string): void {
    const levels = pattern.split('.');
    const wanted = (topic: string) =>
      topic === pattern || (!isReserved(topic) && matches(levels, topic.split('.')));
    for (const { topic, version, stamp, target, self, body } of this.#retained.of(wanted)) {
      if ((stamp === peer.stamp && !self) || !this.#members.means(target, peer)) continue;
      const whole = parcelOf(topic, stamp, version, body);
      for (const parcel of cut(whole, 'r') ?? [whole]) {
        if (isReserved(topic) || !peer.keep(topic, parcel)) peer.outbox.push(parcel);
      }
    }
  }
}

function parcelOf(topic: string, stamp: string, version: number, body: Body): Parcel {
  return { kind: RETAINED, name: topic, address: stamp, count: 1, body: prefixed(version, body) };
}
