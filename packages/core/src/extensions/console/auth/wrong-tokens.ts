/**
 * Counts wrong tokens by address. A right token is accepted all the same: on loopback everybody has one address, and any user of the
 * machine could lock the owner out. The limit is for the log, which tells that somebody is guessing, and for those who guess.
 */

/** Wrong tokens of one address within a minute. */
const MOST = 10;
const WINDOW_MS = 60_000;
/** Addresses that are remembered. */
const MAX_ADDRESSES = 256;

export class WrongTokens {
  readonly #addresses = new Map<string, { since: number; count: number }>();

  /** @returns seconds until the next one would be answered as any other; 0 while there are few. */
  add(address: string, now: number): number {
    const known = this.#addresses.get(address);
    const isOver = !known || now - known.since >= WINDOW_MS;
    const entry = isOver ? { since: now, count: 0 } : known;
    entry.count += 1;
    // The last to come is the last in the map.
    this.#addresses.delete(address);
    this.#addresses.set(address, entry);
    if (this.#addresses.size > MAX_ADDRESSES) {
      this.#addresses.delete(this.#addresses.keys().next().value as string);
    }
    return entry.count <= MOST ? 0 : Math.ceil((entry.since + WINDOW_MS - now) / 1_000);
  }

  /** Whether `add` has just passed the limit: the moment to say so, once. */
  isNew(address: string): boolean {
    return this.#addresses.get(address)?.count === MOST + 1;
  }
}
