// Takes retained values from their senders: keeps them, and sends them on to present listeners.

import { performance } from 'node:perf_hooks';
import { isLocalOnly } from '../members/member.js';
import { MAX_TOPIC_LENGTH } from '../topics/topic.js';
import { type Body, isSameBody } from '../wire/body.js';
import {
  type Address,
  CHUNK,
  FIRST,
  type Packet,
  RETAINED,
  RETAINED_FOR,
  RETAINED_SELF,
  readRetainedFor,
} from '../wire/frame.js';
import { cut, type LongPacket } from '../wire/pieces.js';
import type { GatewayPeer } from './gateway-peer.js';
import type { Peer, PendingRetained, RetainRequest } from './peer.js';
import { packetOf } from './replays.js';
import { RetainedValue, type RetainedValues } from './retained-values.js';
import type { Routes } from './routes.js';

export interface RestoredValue extends RetainRequest {
  readonly stamp: string;
  readonly target: Address;
  readonly body: Body;
}

export class Retention {
  readonly #routes: Routes;
  readonly #retained: RetainedValues;
  /** Topics whose value was deleted, and the version up to which, while long values are on their way. */
  readonly #deleted = new Map<string, number>();
  #underWay = 0;
  /** Where values of this machine go as well. */
  gatewayPeer: GatewayPeer | undefined;

  constructor(routes: Routes, retained: RetainedValues) {
    this.#routes = routes;
    this.#retained = retained;
  }

  /** @returns `false` for a value that makes no sense. */
  retain(from: Peer, { kind, name, address, body }: Packet): boolean {
    const request = retainRequestOf(kind, name);
    if (request === undefined) return false;
    if (from.isRemote && this.gatewayPeer?.hasUncommitted(request.topic)) return true;
    const version = this.#retained.nextVersion();
    const value = this.#keep(from, request, version, address, body);
    const receivers = this.#receivers(from, request, address);
    this.#routes.passWhole(from, packetOf(value), request.topic, receivers);
    const packet = { kind, name, address, count: 1, body };
    this.#gatewayFor(from, address)?.retained(from, packet, request.topic);
    return true;
  }

  /** The first part of a long value. Its pieces are sent on as they come, in order with all that its sender sends. */
  begin(from: Peer, { id, kind, name }: LongPacket, address: Address): PendingRetained | undefined {
    const request = retainRequestOf(kind, name);
    if (request === undefined) return undefined;
    const version = this.#retained.nextVersion();
    const receivers = this.#receivers(from, request, address);
    const { topic } = request;
    const first = { kind: FIRST, name: `${id}:${RETAINED}:${topic}`, address, count: 1, body: '' };
    this.#routes.pass(from, first, topic, receivers);
    const start = { kind: CHUNK, name: id, address, count: 0, body: `${version},` };
    this.#routes.pass(from, start, topic, receivers);
    this.#underWay++;
    const gateway = this.#gatewayFor(from, address);
    if (gateway === undefined) return { ...request, version, receivers };
    const whole = { kind: FIRST, name: `${id}:${kind}:${name}`, address, count: 1, body: '' };
    gateway.retained(from, whole, topic);
    return { ...request, version, receivers: [...receivers, gateway.peer] };
  }

  /** @param body of the long value; `undefined` where it will never be complete. */
  end(from: Peer, pending: PendingRetained, target: Address, body: Body | undefined): void {
    const { topic, version, receivers } = pending;
    const isOld = from.isRemote && this.gatewayPeer?.hasUncommitted(topic) === true;
    if (!isOld && body !== undefined && version > (this.#deleted.get(topic) ?? 0)) {
      const value = this.#keep(from, pending, version, target, body);
      // The members that began to listen meanwhile.
      const late = this.#receivers(from, pending, target).filter(
        (peer) => !receivers.includes(peer),
      );
      this.#routes.passWhole(from, packetOf(value), topic, late);
    }
    if (--this.#underWay === 0) this.#deleted.clear();
  }

  /** A value that another machine retains, and that is to be retained here as well. One that is retained already stays. */
  restore({ topic, stamp, target, self, body, ttlMs }: RestoredValue): void {
    const endsAt = performance.now() + ttlMs;
    const before = this.#retained.get(topic);
    if (before && isSameTime(before.endsAt, endsAt) && isSameBody(before.body, body)) return;
    const version = this.#retained.nextVersion();
    const value = new RetainedValue({ topic, version, stamp, target, self, body, endsAt });
    this.#retained.set(value);
    const whole = packetOf(value);
    for (const peer of this.#routes.listenersTo(topic, target)) {
      for (const packet of cut(whole, 'r') ?? [whole]) peer.outbox.push(packet);
    }
  }

  delete(from: Peer, topic: string): void {
    if (from.isRemote && this.gatewayPeer?.hasUncommitted(topic)) return;
    if (!from.isRemote) this.gatewayPeer?.deleted(from, topic);
    this.forget(topic);
  }

  /** Deletes the value of a topic here. */
  forget(topic: string): void {
    this.#retained.delete(topic);
    if (this.#underWay > 0) this.#deleted.set(topic, this.#retained.nextVersion());
  }

  /** The way to the other machines, for a value that they retain as well. */
  #gatewayFor(from: Peer, target: Address): GatewayPeer | undefined {
    return from.isRemote || isLocalOnly(target) ? undefined : this.gatewayPeer;
  }

  #keep(
    from: Peer,
    request: RetainRequest,
    version: number,
    target: Address,
    body: Body,
  ): RetainedValue {
    const { topic, self, ttlMs } = request;
    const endsAt = performance.now() + ttlMs;
    const { stamp } = from;
    const value = new RetainedValue({ topic, version, stamp, target, self, body, endsAt });
    this.#retained.set(value);
    return value;
  }

  /** A member that does not listen yet receives the last value when it does. */
  #receivers(from: Peer, { topic, self }: RetainRequest, target: Address): readonly Peer[] {
    const listeners = this.#routes.listenersTo(topic, target);
    return self ? listeners : listeners.filter((peer) => peer !== from);
  }
}

/** Of two machines, which have no clock in common. */
function isSameTime(one: number, other: number): boolean {
  return one === other || Math.abs(one - other) < 1_000;
}

/** @returns `undefined` for what no sender writes. */
export function retainRequestOf(kind: string, name: string): RetainRequest | undefined {
  const [, self, ttl, topic] =
    kind === RETAINED_FOR
      ? (readRetainedFor(name) ?? [])
      : [name, kind === RETAINED_SELF ? '1' : '0', 'Infinity', name];
  if (topic === undefined || topic === '' || topic.length > MAX_TOPIC_LENGTH) return undefined;
  return { topic, self: self === '1', ttlMs: Number(ttl) };
}
