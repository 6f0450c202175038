// Retained values that another machine tells, when it was asked: with a hello, or after a gap. They are those of the log up to
// where the question stands in it. A value that was read from the log after that, or is still on its way there, is newer than
// these and stays.

import { performance } from 'node:perf_hooks';
import { retainRequestOf } from '../router/retention.js';
import type { RouterAccess } from '../router/router-access.js';
import type { Address, Packet } from '../wire/frame.js';
import { ALL } from './batches.js';
import { parseTarget } from './packet-kinds.js';
import type { RemoteMachine } from './remote-machine.js';
import { ValueReader } from './value-reader.js';

/** A question that was not answered for so long is not answered any more, in milliseconds: nobody has to answer a hello. */
const ANSWER_MS = 120_000;

interface Question {
  /** Topics that have changed since it was asked. */
  readonly newer: Set<string>;
  /** By performance.now(). */
  readonly endsAt: number;
}

export class RetainedSync {
  readonly #router: RouterAccess;
  /** What is not answered yet, by the id of the machine that was asked; `ALL` for a hello, which any machine may answer. */
  readonly #questions = new Map<string, Question>();

  constructor(router: RouterAccess) {
    this.#router = router;
  }

  /** The question for the values of this machine, or of `ALL`, was read from the log. */
  asked(id: string): void {
    // A hello begins an epoch: what was asked before is asked with it.
    if (id === ALL) this.#questions.clear();
    this.#questions.set(id, { newer: new Set(), endsAt: performance.now() + ANSWER_MS });
  }

  /** A value of this topic was read from the log. */
  changed(topic: string): void {
    for (const [id, { newer, endsAt }] of this.#questions) {
      if (endsAt > performance.now()) newer.add(topic);
      else this.#questions.delete(id);
    }
  }

  begin(machine: RemoteMachine, isOffer: boolean): void {
    machine.reader = new ValueReader(isOffer);
  }

  end(machine: RemoteMachine): void {
    if (machine.reader?.isOffer === false) this.#questions.delete(this.#questionFor(machine));
    machine.reader = undefined;
  }

  take(machine: RemoteMachine, packet: Packet, to: string): void {
    const value = machine.reader?.take(packet, to);
    if (value === undefined) return;
    const request = retainRequestOf(value.kind, value.name);
    const target = parseTarget(value.to);
    if (request === undefined || this.#hasNewer(machine, request.topic)) return;
    if (machine.reader?.isOffer && this.#router.retains(request.topic)) return;
    const stamp = stampFrom(machine, String(packet.address));
    // Its target is written as this machine would write it: it names no slots.
    this.#router.restore({ ...request, stamp, target: target as Address, body: value.body });
  }

  #hasNewer(machine: RemoteMachine, topic: string): boolean {
    if (this.#router.gatewayPeer.hasUncommitted(topic)) return true;
    return this.#questions.get(this.#questionFor(machine))?.newer.has(topic) === true;
  }

  /** Which question this machine answers. */
  #questionFor({ id }: RemoteMachine): string {
    return this.#questions.has(id) ? id : ALL;
  }
}

/** The stamp of a sender, as another machine writes it: with its host, unless it is a member of that machine. */
function stampFrom(machine: RemoteMachine, stamp: string): string {
  return /^[^/:]+\//.test(stamp) ? stamp : `${machine.host}/${stamp}`;
}
