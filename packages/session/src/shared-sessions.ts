/**
 * Sessions in a namespace of a shared store, under every way to use them: the stores of the frameworks, and
 * createSessions().
 */
import { createSharedStore, InvalidArgumentError, type SharedStore } from '@muster/store';
import { withoutDefaultPrefix } from '@muster/store/procedures';
import { InvalidSessionError } from './errors.js';
import type { Loaded, Stored } from './formats/format.js';
import type { Framework } from './framework.js';
import { checkId, checkRevokeOptions, checkUser } from './options/known-options.js';
import { resolveOptions } from './options/options.js';
import { Held } from './saving/held.js';
import { move } from './saving/moves.js';
import { Saves } from './saving/saves.js';
import { TakeOver } from './saving/take-over.js';
import { Terms } from './saving/terms.js';
import { Tracked } from './saving/tracked.js';
import type { SessionStoreOptions, UserSession } from './sessions.js';
import type { Availability } from './stored/availability.js';
import { Reach } from './stored/reach.js';
import { StoredSessions } from './stored/stored-sessions.js';
import { UsersSessions } from './stored/users-sessions.js';

/** A session as a request gets it. */
export interface Opened<Session> {
  /** To be given along with what the request saves. */
  readonly held: Held;
  /** An object of its own; `undefined` where the store is away, and requests go on without (`pass-through`). */
  readonly session: Session | undefined;
}

/** Every method rejects with what the shared store rejects with (docs/errors.md), and none throws. */
export class SharedSessions<Session extends object> {
  readonly passesThrough: boolean;
  /** Which objects are whose: what a caller saves without saying what it loaded. */
  readonly tracked = new Tracked();
  readonly #reach: Reach;
  readonly #terms: Terms<Session>;
  readonly #stored: StoredSessions;
  readonly #saves: Saves;
  readonly #users: UsersSessions | undefined;
  readonly #takeOver: TakeOver | undefined;
  /** The shared store, where nobody else closes it. */
  readonly #ownStore: SharedStore | undefined;

  /** @param taker of the options, for what is said of them. @throws InvalidArgumentError */
  constructor(
    options: SessionStoreOptions<Session>,
    framework: Framework,
    taker = 'createSessionStore()',
  ) {
    const resolved = resolveOptions(taker, options);
    const { isConnectRedis, takeOverFrom, passesThrough, rejectsConflicts } = resolved;
    const isForeign = isConnectRedis || takeOverFrom !== undefined;
    const shared = options.store ?? createSharedStore(isForeign ? { keyPrefix: '' } : {});
    const foreign = isForeign ? withoutDefaultPrefix(shared) : shared;
    const store = isConnectRedis ? foreign : shared;
    const stored = new StoredSessions(store, framework.rules, resolved);
    const { index, clock } = stored;
    const ttlMs = resolved.ttlMs as number | ((session: Session) => number);
    const { touchAfterMs, userId } = options;
    const terms = new Terms(framework, clock, { ttlMs, touchAfterMs, userId });
    const saves = new Saves({ stored, terms, rejectsConflicts });
    const take = (id: string, old: Loaded): Promise<Stored | undefined> =>
      saves.put(id, terms.ofFields(JSON.stringify(old.fields), old.stored.cookie), {
        condition: 'absent',
      });
    this.passesThrough = passesThrough;
    this.#reach = new Reach({ store, clock, passesThrough, areKeysIds: isForeign });
    this.#terms = terms;
    this.#stored = stored;
    this.#saves = saves;
    this.#users = index && new UsersSessions(stored, index);
    this.#takeOver =
      takeOverFrom === undefined ? undefined : new TakeOver(foreign, takeOverFrom, stored, take);
    this.#ownStore = options.store ? undefined : shared;
  }

  get availability(): Availability {
    return this.#reach.availability;
  }

  /** The session that has, or had, this id. What is saved of it later is told against what it is now. */
  async load(id: string): Promise<Opened<Session> | undefined> {
    checkId(id);
    if (this.#stored.format.keyOf(id) === undefined) return undefined;
    const find = async (): Promise<Opened<Session> | undefined> => {
      const loaded = (await this.#stored.findById(id)) ?? (await this.#takeOver?.take(id));
      if (!loaded) return undefined;
      const { stored } = loaded;
      const session = this.#terms.sessionOf(loaded);
      const held = new Held(stored.id, stored, id);
      this.tracked.note(session, held);
      return { held, session };
    };
    return this.#reach.read(find, { held: new Held(id, 'detached'), session: undefined });
  }

  /** What the caller holds of the session with this id, by the object that it saves. */
  heldOf(id: string, session: unknown): Held {
    return this.tracked.find(id, session) ?? new Held(id, 'unread');
  }

  /**
   * Saves the session as it is now.
   *
   * @param ttlMs how long a session lives whose cookie has no end. Default: the option.
   * @returns `undefined` where nothing has to be written.
   */
  save(held: Held, session: Session, ttlMs?: number): Promise<void> | undefined {
    try {
      checkId(held.id);
      const wanted = this.#terms.of(session, ttlMs);
      if (held.isAtRest && this.#saves.isSaved(held, wanted)) return undefined;
      this.#checkKey(held.id);
      const save = () => this.#saves.save(held, this.#terms.atWriting(wanted));
      return this.#write(held, save);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Moves the session's end to that of its cookie, where that is due. Leaves the data alone.
   *
   * @returns `undefined` where nothing has to be written.
   */
  touch(held: Held, session: Session): Promise<void> | undefined {
    try {
      checkId(held.id);
      const wanted = this.#terms.endOf(session);
      if (held.isAtRest && this.#saves.isIdle(held, wanted)) return undefined;
      if (this.#stored.format.keyOf(held.id) === undefined) return undefined;
      return this.#write(held, () => this.#saves.touch(held, this.#terms.atWriting(wanted)));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Gives the session a new id, and saves it as it is now.
   *
   * @param graceMs for how long the old id leads to it, at most until it ends.
   */
  async regenerate(held: Held, session: Session, graceMs: number): Promise<void> {
    if (graceMs > 0 && !this.#stored.format.pointers) {
      throw new InvalidArgumentError(
        'The format of connect-redis has no place for where a session has moved to; leave out graceMs',
      );
    }
    const wanted = this.#terms.of(session);
    const [saves, stored] = [this.#saves, this.#stored];
    await this.#write(held, () =>
      move({ saves, stored }, held, this.#terms.atWriting(wanted), graceMs),
    );
  }

  async destroy(id: string): Promise<void> {
    checkId(id);
    if (this.#stored.format.keyOf(id) === undefined) return;
    await this.#reach.call(async () => {
      // First, so that nobody takes it over once ours is gone.
      if (this.#takeOver) await this.#takeOver.remove(id);
      await this.#stored.removeById(id);
    });
  }

  /** In local time, when the session ends: by what was loaded or saved last, or if it were saved now. */
  endOf({ base }: Held, session: Session): number {
    const endsAt = typeof base === 'string' ? this.#terms.endOf(session).lease.endsAt : base.endsAt;
    return this.#stored.clock.toLocal(endsAt);
  }

  /** Every session, under its id. All of them are in memory at once. */
  all(): Promise<Map<string, Session>> {
    return this.#reach.call(async () => {
      const sessions = new Map<string, Session>();
      for (const from of [this.#stored, this.#takeOver]) {
        if (!from) continue;
        for await (const loaded of from.all()) {
          sessions.set(loaded.stored.id, this.#terms.sessionOf(loaded));
        }
      }
      return sessions;
    });
  }

  count(): Promise<number> {
    return this.#reach.call(
      async () => (await this.#stored.count()) + ((await this.#takeOver?.count()) ?? 0),
    );
  }

  clear(): Promise<void> {
    return this.#reach.call(async () => {
      if (this.#takeOver) await this.#takeOver.clear();
      await this.#stored.clear();
    });
  }

  async sessionsOf(userId: string): Promise<UserSession<Session>[]> {
    const users = this.#usersOrThrow();
    checkUser(userId);
    const found = await this.#reach.call(() => users.find(userId));
    const { clock } = this.#stored;
    return found.map((loaded) => {
      const { id, createdAt, seenAt, endsAt } = loaded.stored;
      return {
        id,
        createdAt: clock.toLocal(createdAt),
        lastSeenAt: clock.toLocal(seenAt),
        expiresAt: clock.toLocal(endsAt),
        session: this.#terms.sessionOf(loaded),
      };
    });
  }

  async revokeUser(userId: string, options?: { except?: string | undefined }): Promise<number> {
    const users = this.#usersOrThrow();
    checkUser(userId);
    if (options !== undefined) checkRevokeOptions(options);
    return this.#reach.call(() => users.revoke(userId, options?.except));
  }

  /** Closes the shared store where it is the session store's own. */
  async close(): Promise<void> {
    this.availability.close();
    await this.#ownStore?.close();
  }

  async #write(held: Held, write: () => Promise<void>): Promise<void> {
    if (held.base === 'detached') return;
    await this.#reach.write(() => held.inTurn(write), undefined);
  }

  #checkKey(id: string): void {
    if (this.#stored.format.keyOf(id) !== undefined) return;
    throw new InvalidSessionError(
      'The session was not saved: in the format of connect-redis its id is a key, and this one cannot be one',
    );
  }

  #usersOrThrow(): UsersSessions {
    if (this.#users) return this.#users;
    throw new InvalidArgumentError('There is no index of users; give the option userId');
  }
}
