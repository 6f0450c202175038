// The members that there are, and those that an address names.

import { matchesAddress } from '../member.js';
import type { Address } from '../wire/frame.js';
import type { Peer } from './peer.js';

export class Members {
  readonly #byKey = new Map<string, Peer>();
  readonly #bySlot = new Map<number | string, Peer[]>();

  get all(): readonly Peer[] {
    return [...this.#byKey.values()];
  }

  has(peer: Peer): boolean {
    return this.#byKey.get(peer.key) === peer;
  }

  /** The process with this key. A successor in its slot has another one. */
  get(key: string): Peer | undefined {
    return this.#byKey.get(key);
  }

  withStamp(stamp: string): Peer | undefined {
    return this.all.find((peer) => peer.stamp === stamp);
  }

  add(peer: Peer): void {
    this.#byKey.set(peer.key, peer);
    this.#bySlot.set(peer.member.slot, [...this.inSlotOf(peer), peer]);
  }

  remove(peer: Peer): void {
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
    return matchesAddress(address, (part) =>
      typeof part === 'number' ? this.#holderOf(part) === peer : peer.member.role === part,
    );
  }

  /** Of several in a slot, the newest that is up, else the newest. */
  #holderOf(slot: number): Peer | undefined {
    const peers = this.#bySlot.get(slot);
    return peers?.findLast((peer) => peer.isUp) ?? peers?.at(-1);
  }
}
