// The members of this machine and of others, and those that an address names.

import { readMachinePart, thisMachine } from '../members/machine.js';
import { matchesAddress, mayMeanOtherMachines } from '../members/member.js';
import type { Address } from '../wire/frame.js';
import type { Peer } from './peer.js';

export class Members {
  readonly #byKey = new Map<string, Peer>();
  readonly #bySlot = new Map<number | string, Peer[]>();
  /** The name of this machine. */
  machine = thisMachine();
  /** The members of other machines. */
  readonly #remote = new Map<string, Peer>();
  /** Stands for all members of other machines together. */
  gateway: Peer | undefined;

  /** Those of this machine. */
  get all(): readonly Peer[] {
    return [...this.#byKey.values()];
  }

  /** Those of all machines. */
  get everywhere(): readonly Peer[] {
    return [...this.#byKey.values(), ...this.#remote.values()];
  }

  has(peer: Peer): boolean {
    return peer === this.gateway || this.get(peer.key) === peer;
  }

  /** The process with this key. A successor in its slot has another one. */
  get(key: string): Peer | undefined {
    return this.#byKey.get(key) ?? this.#remote.get(key);
  }

  withStamp(stamp: string): Peer | undefined {
    return this.everywhere.find((peer) => peer.stamp === stamp);
  }

  add(peer: Peer): void {
    if (peer.isRemote) {
      this.#remote.set(peer.key, peer);
      return;
    }
    this.#byKey.set(peer.key, peer);
    this.#bySlot.set(peer.member.slot, [...this.inSlotOf(peer), peer]);
  }

  remove(peer: Peer): void {
    if (this.#remote.delete(peer.key)) return;
    this.#byKey.delete(peer.key);
    const left = this.inSlotOf(peer).filter((other) => other !== peer);
    if (left.length > 0) this.#bySlot.set(peer.member.slot, left);
    else this.#bySlot.delete(peer.member.slot);
  }

  /** While a worker is replaced, two are in its slot. */
  inSlotOf(peer: Peer): readonly Peer[] {
    return this.#bySlot.get(peer.member.slot) ?? [];
  }

  isAddressed(address: Address, peer: Peer): boolean {
    if (peer === this.gateway) return mayMeanOtherMachines(address, this.machine);
    return matchesAddress(address, (part) => this.#isNamed(part, peer));
  }

  #isNamed(part: number | string, peer: Peer): boolean {
    if (typeof part === 'number') return this.#holderOf(part) === peer;
    const on = readMachinePart(part);
    if (on === undefined) return peer.member.role === part;
    return (
      on.machine === this.machine &&
      (on.slot === undefined || this.#holderOf(on.slot) === peer) &&
      (on.role === undefined || on.role === peer.member.role)
    );
  }

  /** Of several in a slot, the newest that is up, else the newest. */
  #holderOf(slot: number): Peer | undefined {
    const peers = this.#bySlot.get(slot);
    return peers?.findLast((peer) => peer.isUp) ?? peers?.at(-1);
  }
}
