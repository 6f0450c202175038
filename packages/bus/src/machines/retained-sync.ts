// Retained values that another machine sends with its introduction. A value that was read from the log meanwhile, or is still on
// its way there, is newer than these and stays.

import { retainRequestOf } from '../router/retention.js';
import type { RouterAccess } from '../router/router-access.js';
import type { Address, Packet } from '../wire/frame.js';
import { parseTarget } from './packet-kinds.js';
import type { RemoteMachine } from './remote-machine.js';
import { ValueReader } from './value-reader.js';

export class RetainedSync {
  readonly #router: RouterAccess;
  /** Topics whose values are newer than those that a machine is asked for; `undefined` once it has sent them. */
  #newer: Set<string> | undefined;

  constructor(router: RouterAccess) {
    this.#router = router;
  }

  /** Another machine will be asked for all values. */
  expect(): void {
    this.#newer = new Set();
  }

  /** A value of this topic was read from the log. */
  changed(topic: string): void {
    this.#newer?.add(topic);
  }

  begin(machine: RemoteMachine, isOffer: boolean): void {
    machine.reader = new ValueReader(isOffer);
  }

  end(machine: RemoteMachine): void {
    if (machine.reader?.isOffer === false) this.#newer = undefined;
    machine.reader = undefined;
  }

  take(machine: RemoteMachine, packet: Packet, to: string): void {
    const value = machine.reader?.take(packet, to);
    if (value === undefined) return;
    const request = retainRequestOf(value.kind, value.name);
    const target = parseTarget(value.to);
    if (request === undefined || this.#newer?.has(request.topic)) return;
    if (machine.reader?.isOffer && this.#router.retains(request.topic)) return;
    const stamp = stampFrom(machine, String(packet.address));
    // Its target is written as this machine would write it: it names no slots.
    this.#router.restore({ ...request, stamp, target: target as Address, body: value.body });
  }
}

/** The stamp of a sender, as another machine writes it: with its host, unless it is a member of that machine. */
function stampFrom(machine: RemoteMachine, stamp: string): string {
  return /^[^/:]+\//.test(stamp) ? stamp : `${machine.host}/${stamp}`;
}
