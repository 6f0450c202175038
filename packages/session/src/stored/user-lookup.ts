// Finds and revokes the sessions of one user, by the index.
import type { Loaded, Stored } from '../formats/format.js';
import { swapRecord } from '../procedures/swap-record.js';
import { hashOf } from '../secrets/hash.js';
import type { UserIndex } from '../users/user-index.js';
import type { StoredSessions } from './stored-sessions.js';

export class UserLookup {
  readonly #stored: StoredSessions;
  readonly #index: UserIndex;

  constructor(stored: StoredSessions, index: UserIndex) {
    this.#stored = stored;
    this.#index = index;
  }

  /** An entry of the index counts only if what it names is a session of this user now. */
  async find(userId: string): Promise<Loaded[]> {
    const user = hashOf(userId);
    const hashes = await this.#index.hashesOf(user);
    const found = await this.#stored.findMany(hashes.map((hash) => this.#keyOf(hash)));
    return found.map(([, loaded]) => loaded).filter(({ stored }) => stored.indexRef?.user === user);
  }

  /** @param except an id that the session has, or had until a short time ago. @returns how many there were. */
  async revoke(userId: string, except: string | undefined): Promise<number> {
    const user = hashOf(userId);
    const spared = except === undefined ? undefined : await this.#stored.findSuccessor(except);
    const hashes = await this.#index.hashesOf(user);
    const revoked = await Promise.all(
      hashes.map((hash) => this.#revoke(user, hash, spared?.stored)),
    );
    // A session that was on its way from one id to another is found under both, and counts once.
    return new Set(revoked.filter((lineage) => lineage !== undefined)).size;
  }

  /**
   * Destroys the session if it is still this user's, whatever is saved meanwhile. It is where it was when its hash was read,
   * or has left a pointer to where it has moved: following a move takes less time than the move.
   *
   * @returns what all its ids have in common; `undefined` if there was no session to destroy.
   */
  async #revoke(
    user: string,
    hash: string,
    spared: Stored | undefined,
  ): Promise<string | undefined> {
    const { texts, format } = this.#stored;
    let key = this.#keyOf(hash);
    // Forged pointers may lead in a circle.
    const passed = new Set<string>();
    let loaded = await this.#stored.find(key);
    while (loaded) {
      const { id, mark, indexRef, movedTo } = loaded.stored;
      if (movedTo !== undefined) {
        passed.add(key);
        key = format.keyOf(movedTo) ?? '';
        loaded = passed.has(key) ? undefined : await this.#stored.find(key);
        continue;
      }
      if (indexRef?.user !== user || isOneSession(spared, loaded.stored)) return undefined;
      const input = { mark, next: undefined, lifetime: 'keep' as const };
      const swap = await texts.run(swapRecord, [key], input);
      if ('current' in swap) {
        loaded = format.read(key, swap.current);
        continue;
      }
      if (swap.outcome === 'gone') return undefined;
      await this.#index.forget(hashOf(id), indexRef);
      return indexRef.lineage ?? id;
    }
    return undefined;
  }

  #keyOf(hash: string): string {
    return this.#stored.format.keyOfHash(hash) ?? '';
  }
}

/** True also for the two ids of a session that is on its way from one to the other. */
function isOneSession(one: Stored | undefined, other: Stored): boolean {
  if (!one) return false;
  const { lineage } = one.indexRef ?? {};
  return one.id === other.id || (lineage !== undefined && lineage === other.indexRef?.lineage);
}
