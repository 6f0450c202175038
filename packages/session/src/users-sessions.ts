// The sessions of one user, by the index.
import type { Loaded } from './formats/format.js';
import { handleOf } from './handle.js';
import { swapRecord } from './procedures/swap-record.js';
import type { StoredSessions } from './stored-sessions.js';
import type { UserIndex } from './user-index.js';

export class UsersSessions {
  readonly #stored: StoredSessions;
  readonly #index: UserIndex;

  constructor(stored: StoredSessions, index: UserIndex) {
    this.#stored = stored;
    this.#index = index;
  }

  /** What the index has and is not (any more, or yet) a session of this user, is none. */
  async find(userId: string): Promise<Loaded[]> {
    const user = handleOf(userId);
    const handles = await this.#index.handlesOf(user);
    const found = await this.#stored.findMany(handles.map((handle) => this.#keyOf(handle)));
    return found.map(([, loaded]) => loaded).filter(({ stored }) => stored.place?.user === user);
  }

  /** @param except a session's id. @returns how many there were. */
  async revoke(userId: string, except: string | undefined): Promise<number> {
    const user = handleOf(userId);
    const spared = except === undefined ? undefined : handleOf(except);
    const handles = (await this.#index.handlesOf(user)).filter((handle) => handle !== spared);
    const revoked = await Promise.all(handles.map((handle) => this.#revoke(user, handle)));
    return revoked.filter(Boolean).length;
  }

  /** Whatever is saved while it runs: a session that is still this user's goes. */
  async #revoke(user: string, handle: string): Promise<boolean> {
    const { texts, format } = this.#stored;
    const key = this.#keyOf(handle);
    let loaded = await this.#stored.find(key);
    while (loaded?.stored.place?.user === user) {
      const { mark, place } = loaded.stored;
      const input = { mark, next: undefined, lifetime: 'keep' as const };
      const swap = await texts.run(swapRecord, [key], input);
      if ('current' in swap) {
        loaded = format.read(key, swap.current);
        continue;
      }
      if (swap.outcome === 'gone') return false;
      await this.#index.forget(handle, place);
      return true;
    }
    return false;
  }

  #keyOf(handle: string): string {
    return `${this.#stored.format.keyPrefix}${handle}}`;
  }
}
