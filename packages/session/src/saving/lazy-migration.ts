/**
 * Takes over the sessions that connect-redis stored: each becomes one of ours when it is first used.
 *
 * A process that has made ours from an old session removes the old one; a process that destroys a session removes the old
 * one first. So if the old one is gone when ours has been made, the session was destroyed meanwhile.
 */
import type { SharedStore } from '@muster/store';
import { cookieRules } from '../expiry/expiry.js';
import type { Loaded, Stored } from '../formats/format.js';
import { StoredSessions } from '../stored/stored-sessions.js';

/** Writes the session unless there is one, and resolves with what it wrote. */
type Make = (id: string, old: Loaded) => Promise<Stored | undefined>;

export class LazyMigration {
  readonly #old: StoredSessions;
  readonly #ours: StoredSessions;
  readonly #make: Make;

  /**
   * @param make writes an old session as one of ours.
   * @throws InvalidOptionError
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

  /** @param id of a session that is not one of ours yet. */
  async take(id: string): Promise<Loaded | undefined> {
    const old = await this.#old.findById(id);
    if (!old) return undefined;
    const stored = await this.#make(id, old);
    // Another request has just taken it over.
    if (!stored) return this.#ours.findById(id);
    if (await this.remove(id)) return { stored, fields: old.fields };
    await this.#ours.removeById(id);
    return undefined;
  }

  /** @returns whether it was there. */
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
