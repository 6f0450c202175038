// Retained values that another machine sends because it was asked: by a hello, or after a gap. They are those of the log up to
// where the request stands in it. A value that was read from the log after that, or is still on its way there, is newer than
// these and stays.
//
// After a gap only entries of one machine were missed, and that one is asked: what it has set and deleted itself counts. Of values
// that others have set it may know less than this machine.
//
// Who answers a hello may have missed something as well. A value that was deleted, as this machine has read in the log, does not come
// back with that: a newer one that this machine has missed comes with the answer to a gap.

import { performance } from 'node:perf_hooks';
import { retainRequestOf } from '../router/retention.js';
import type { RouterAccess } from '../router/router-access.js';
import { type Address, DELETE, type Packet } from '../wire/frame.js';
import { ALL } from './batches.js';
import { parseTarget } from './packet-kinds.js';
import type { RemoteMachine } from './remote-machine.js';
import { ValueReader } from './value-reader.js';

/** A request that was not answered for so long is not answered any more, in milliseconds: nobody has to answer a hello. */
const ANSWER_MS = 120_000;

/** Topics that are remembered as deleted. */
const MAX_DELETED = 10_000;

/** Begins the stamp of a sender on a third machine. */
const HOST = /^[^/:]+\//;

interface SyncRequest {
  /** Topics that have changed since. */
  readonly newer: Set<string>;
  /** By performance.now(). */
  readonly endsAt: number;
}

export class RetainedSync {
  readonly #router: RouterAccess;
  /** What is not answered yet, by the id of the machine that was asked; `ALL` for a hello, which any machine may answer. */
  readonly #requests = new Map<string, SyncRequest>();
  /** Topics whose last change in the log was a deletion, the latest at the end. */
  readonly #deleted = new Set<string>();

  constructor(router: RouterAccess) {
    this.#router = router;
  }

  /** The request for the values of this machine, or of `ALL`, was read from the log. */
  requested(id: string): void {
    // A hello begins an epoch: what was asked for before is asked for again after it.
    if (id === ALL) this.#requests.clear();
    this.#requests.set(id, { newer: new Set(), endsAt: performance.now() + ANSWER_MS });
  }

  /** A value of this topic, or its deletion, was read from the log. */
  changed(topic: string, isDeletion: boolean): void {
    this.#note(topic, isDeletion);
    for (const [id, { newer, endsAt }] of this.#requests) {
      if (endsAt > performance.now()) newer.add(topic);
      else this.#requests.delete(id);
    }
  }

  begin(machine: RemoteMachine, isOffer: boolean): void {
    machine.reader = new ValueReader(isOffer);
  }

  end(machine: RemoteMachine): void {
    if (machine.reader?.isOffer === false) this.#requests.delete(this.#requestFor(machine));
    machine.reader = undefined;
  }

  take(machine: RemoteMachine, packet: Packet, to: string): void {
    const value = machine.reader?.take(packet, to);
    if (value === undefined) return;
    const isAsked = this.#requests.has(machine.id);
    if (value.kind === DELETE) {
      if (!isAsked || this.#hasNewer(machine, value.name)) return;
      this.#router.forget(value.name);
      this.#note(value.name, true);
      return;
    }
    const request = retainRequestOf(value.kind, value.name);
    const target = parseTarget(value.to);
    if (request === undefined || this.#hasNewer(machine, request.topic)) return;
    const stamp = String(packet.address);
    const isForeign = HOST.test(stamp);
    const keepsOwn = machine.reader?.isOffer === true || (isAsked && isForeign);
    if (keepsOwn && this.#router.retains(request.topic)) return;
    const isOfGroup = !isAsked && machine.reader?.isOffer === false;
    if (isOfGroup && this.#deleted.has(request.topic)) return;
    this.#note(request.topic, false);
    // Its target is written as this machine would write it: it names no slots.
    this.#router.restore({
      ...request,
      stamp: isForeign ? stamp : `${machine.host}/${stamp}`,
      target: target as Address,
      body: value.body,
    });
  }

  #note(topic: string, isDeletion: boolean): void {
    this.#deleted.delete(topic);
    if (!isDeletion) return;
    this.#deleted.add(topic);
    const [oldest = ''] = this.#deleted;
    if (this.#deleted.size > MAX_DELETED) this.#deleted.delete(oldest);
  }

  #hasNewer(machine: RemoteMachine, topic: string): boolean {
    if (this.#router.gatewayPeer.hasUncommitted(topic)) return true;
    return this.#requests.get(this.#requestFor(machine))?.newer.has(topic) === true;
  }

  /** Which request this machine answers. */
  #requestFor({ id }: RemoteMachine): string {
    return this.#requests.has(id) ? id : ALL;
  }
}
