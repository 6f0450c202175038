/**
 * Sessions that connect-redis stored, until each is first used and becomes one of ours.
 *
 * Whoever makes ours from one of them removes the other; whoever destroys a session removes that one first. So if it is no
 * longer there when ours has been made, the session was destroyed meanwhile.
 */
import type { SharedStore } from '@muster/store';
import { cookieRules } from '../expiry/expiry.js';
import type { Loaded, Stored } from '../formats/format.js';
import { StoredSessions } from '../stored/stored-sessions.js';

/** Writes it where there is none, and gives what it wrote. */
type Make = (id: string, old: Loaded) => Promise<Stored | undefined>;

export class LazyMigration {
  readonly #old: StoredSessions;
  readonly #ours: StoredSessions;
  readonly #make: Make;

  /**
   * @param make writes the same as one of ours.
   * @throws InvalidArgumentError
   */
  constructor(store: SharedStore, prefix: string, ours: StoredSessions, make: Make) {
    this.#ours = ours;
    this.#make = make;
    this.#old = new StoredSessions(store, cookieRules, {
      prefix,
      seal: undefined,
      acceptUnsealed: true,
      isIndexed: false,
      isConnectRedis: true,
      clock: ours.clock,
    });
  }

  /** @param id of one of ours, which is not there. */
  async take(id: string): Promise<Loaded | undefined> {
    const old = await this.#old.findById(id);
    if (!old) return undefined;
    const stored = await this.#make(id, old);
    // It is there: someone else has just taken it over.
    if (!stored) return this.#ours.findById(id);
    if (await this.remove(id)) return { stored, fields: old.fields };
    await this.#ours.removeById(id);
    return undefined;
  }

  /** Says whether it was there. */
  remove(id: string): Promise<boolean> {
    return this.#old.removeById(id);
  }

  all(): AsyncIterableIterator<Loaded> {
    return this.#old.all();
  }

  count(): Promise<number> {
    return this.#old.count();
  }

  clear(): Promise<void> {
    return this.#old.clear();
  }
}
