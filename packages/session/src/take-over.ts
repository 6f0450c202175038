/**
 * Sessions that connect-redis stored, until each is first used and becomes one of ours.
 *
 * Whoever makes ours from one of them removes the other; whoever destroys a session removes that one first. So if it is no
 * longer there when ours has been made, the session was destroyed meanwhile.
 */
import type { SharedStore } from '@muster/store';
import type { Loaded } from './formats/format.js';
import { cookieRules } from './lease.js';
import { StoredSessions } from './stored-sessions.js';

export class TakeOver {
  readonly #old: StoredSessions;

  /** @throws InvalidArgumentError */
  constructor(store: SharedStore, prefix: string) {
    this.#old = new StoredSessions(store, cookieRules, {
      prefix,
      seal: undefined,
      isConnectRedis: true,
    });
  }

  async find(id: string): Promise<Loaded | undefined> {
    const key = this.#old.format.keyOf(id);
    return key === undefined ? undefined : this.#old.find(key);
  }

  /** Says whether it was there. */
  async remove(id: string): Promise<boolean> {
    const key = this.#old.format.keyOf(id);
    return key !== undefined && this.#old.remove(key, undefined);
  }

  all(): AsyncIterableIterator<Loaded> {
    return this.#old.all();
  }

  async count(): Promise<number> {
    let count = 0;
    for await (const _ of this.#old.keys()) count += 1;
    return count;
  }

  clear(): Promise<void> {
    return this.#old.clear();
  }
}
