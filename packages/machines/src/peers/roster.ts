// The other machines, those that are gone and not forgotten included.

import type { Peer } from './peer.js';
import type { Self } from './self.js';

/** More machines than this are not let in. */
const MAX_MACHINES = 1_000;

export class Roster {
  readonly #peers = new Map<string, Peer>();

  get all(): Iterable<Peer> {
    return this.#peers.values();
  }

  get present(): readonly Peer[] {
    return [...this.#peers.values()].filter((peer) => peer.isPresent);
  }

  get(id: string): Peer | undefined {
    return this.#peers.get(id);
  }

  set(peer: Peer): void {
    this.#peers.set(peer.id, peer);
  }

  delete(id: string): void {
    this.#peers.delete(id);
  }

  /** Whether one more may come. The one that was silent for the longest makes room. */
  hasRoom(): boolean {
    if (this.#peers.size < MAX_MACHINES) return true;
    const forgotten = [...this.#peers.values()].filter((peer) => peer.isForgotten);
    const [oldest] = forgotten.sort((one, other) => one.atMs - other.atMs);
    return oldest !== undefined && this.#peers.delete(oldest.id);
  }

  /** Whether this machine is the eldest of those that are present, but for the one with this id: it answers for all. */
  isEldest({ id: ownId, sinceMs = Number.POSITIVE_INFINITY }: Self, but: string): boolean {
    return this.present.every(
      (peer) =>
        peer.id === but || peer.sinceMs > sinceMs || (peer.sinceMs === sinceMs && peer.id > ownId),
    );
  }
}
