// Sessions in a namespace of a shared store, for the store of every framework.
import { createSharedStore, InvalidArgumentError, type SharedStore } from '@muster/store';
import { withoutDefaultPrefix } from '@muster/store/procedures';
import { Availability, isUnavailable } from './availability.js';
import { discreet } from './discretion.js';
import { InvalidSessionError } from './errors.js';
import type { Loaded } from './formats/format.js';
import type { Framework } from './framework.js';
import { Held } from './held.js';
import { checkRevokeOptions, checkUser } from './known-options.js';
import { type Lease, leaseOf, ttlFor } from './lease.js';
import { type ResolvedOptions, resolveOptions } from './options.js';
import { Saves, type Wanted } from './saves.js';
import type { CookieData, SessionFields, SessionStoreOptions, UserSession } from './sessions.js';
import { cookieData, snapshotOf } from './snapshot.js';
import { StoredSessions } from './stored-sessions.js';
import { TakeOver } from './take-over.js';
import { Turn } from './turn.js';
import { UsersSessions } from './users-sessions.js';

/** A session as a request gets it. */
export interface Opened<Session> {
  /** To be given along with what the request saves. */
  readonly held: Held;
  /** An object of its own; `undefined` where the store is away, and requests go on without (`pass-through`). */
  readonly session: Session | undefined;
}

/** Every method rejects with what the shared store rejects with (docs/errors.md), and none throws. */
export class SharedSessions<Session extends object> {
  readonly availability: Availability;
  readonly passesThrough: boolean;
  readonly #framework: Framework;
  readonly #options: ResolvedOptions;
  readonly #userId: ((session: Session) => string | undefined) | undefined;
  readonly #ttlMs: number | ((session: Session) => number);
  readonly #stored: StoredSessions;
  readonly #saves: Saves;
  readonly #users: UsersSessions | undefined;
  readonly #takeOver: TakeOver | undefined;
  readonly #turn: Turn | undefined;
  /** The shared store, where nobody else closes it. */
  readonly #ownStore: SharedStore | undefined;

  /** @throws InvalidArgumentError */
  constructor(options: SessionStoreOptions<Session>, framework: Framework) {
    const resolved = resolveOptions(options);
    const isForeign = resolved.isConnectRedis || resolved.takeOverFrom !== undefined;
    const shared = options.store ?? createSharedStore(isForeign ? { keyPrefix: '' } : {});
    const foreign = isForeign ? withoutDefaultPrefix(shared) : shared;
    const store = resolved.isConnectRedis ? foreign : shared;
    this.#options = resolved;
    this.passesThrough = resolved.passesThrough;
    this.#framework = framework;
    this.#userId = options.userId;
    this.#ttlMs = resolved.ttlMs as number | ((session: Session) => number);
    const { rules } = framework;
    this.#stored = new StoredSessions(store, rules, resolved);
    const { texts, format, index } = this.#stored;
    this.#users = index && new UsersSessions(this.#stored, index);
    this.#saves = new Saves({
      texts,
      format,
      rules,
      index,
      rejectsConflicts: resolved.rejectsConflicts,
      leaseOf: (fields, cookie) => this.#leaseOf(this.#joined(fields, cookie), cookie),
      userOf: (fields, cookie) => this.#userOf(this.#joined(fields, cookie)),
    });
    const from = resolved.takeOverFrom;
    this.#takeOver =
      from === undefined
        ? undefined
        : new TakeOver(foreign, from, this.#stored, (id, key, { stored: { cookie }, fields }) =>
            this.#saves.put(id, key, this.#wanted(cookie, fields), 'absent'),
          );
    this.#turn = store.engine === 'embedded' ? new Turn() : undefined;
    this.availability = new Availability(store);
    this.#ownStore = options.store ? undefined : shared;
  }

  async read(id: string): Promise<Opened<Session> | undefined> {
    const { format, texts } = this.#stored;
    const key = format.keyOf(id);
    if (key === undefined) return undefined;
    try {
      this.availability.check();
      if (this.#turn?.pending) await this.#turn.pending;
      const found = await format.find(texts, key);
      const living = found === undefined ? undefined : this.#stored.living(key, found);
      const loaded = living ?? (await this.#takeOver?.take(id, key));
      return loaded && { held: new Held(id, loaded.stored), session: this.#sessionOf(loaded) };
    } catch (error) {
      if (!this.#isLetThrough(error)) throw this.#noted(error);
      return { held: new Held(id, 'detached'), session: undefined };
    }
  }

  /**
   * Saves the session as it is now.
   *
   * @param held what `read` gave; a `fresh` one for a new session. Without, the session replaces what is there.
   * @param ttlMs how long a session lives whose cookie has no end. Default: the option.
   * @returns `undefined` where nothing has to be written.
   */
  save(id: string, session: Session, held?: Held, ttlMs?: number): Promise<void> | undefined {
    try {
      const { data, cookie } = snapshotOf(session, this.#framework);
      const wanted = {
        data,
        lease: this.#leaseOf(session, cookie, ttlMs),
        user: this.#userOf(session),
      };
      if (held?.isAtRest && this.#saves.isSaved(held, wanted)) return undefined;
      return this.#save(id, this.#keyToWrite(id), wanted, held);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #save(id: string, key: string, wanted: Wanted, held: Held | undefined): Promise<void> {
    if (held?.base === 'detached') return;
    try {
      this.availability.check();
      if (this.#turn) await this.#turn.end();
      if (held) await held.inTurn(() => this.#saveHeld(held, key, wanted));
      else await this.#saves.put(id, key, wanted);
    } catch (error) {
      if (!this.#isLetThrough(error)) throw this.#noted(error);
    }
  }

  /**
   * Moves the session's end to that of its cookie, where that is due. Leaves the data alone.
   *
   * @returns `undefined` where nothing has to be written.
   */
  touch(id: string, session: Session, held?: Held): Promise<void> | undefined {
    try {
      const cookie = cookieData(this.#framework.split(session as SessionFields).cookie);
      const wanted = { lease: this.#leaseOf(session, cookie), user: this.#userOf(session) };
      if (held?.isAtRest && this.#saves.isIdle(held, wanted)) return undefined;
      return this.#touch(id, wanted, held);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #touch(id: string, wanted: Omit<Wanted, 'data'>, held: Held | undefined): Promise<void> {
    const key = this.#stored.format.keyOf(id);
    if (key === undefined || held?.base === 'detached') return;
    try {
      this.availability.check();
      if (this.#turn) await this.#turn.end();
      if (held) return await held.inTurn(() => this.#saves.touch(held, key, wanted));
      const loaded = await this.#stored.find(key);
      if (loaded) await this.#saves.touch(new Held(id, loaded.stored), key, wanted);
    } catch (error) {
      if (!this.#isLetThrough(error)) throw this.#noted(error);
    }
  }

  async destroy(id: string): Promise<void> {
    const key = this.#stored.format.keyOf(id);
    if (key === undefined) return;
    await this.#reach(async () => {
      // First, so that nobody takes it over once ours is gone.
      if (this.#takeOver) await this.#takeOver.remove(id);
      await this.#stored.remove(key);
    });
  }

  /** Every session, under its id. All of them are in memory at once. */
  async all(): Promise<Map<string, Session>> {
    const sessions = new Map<string, Session>();
    await this.#reach(async () => {
      for await (const loaded of this.#everything()) {
        sessions.set(loaded.stored.id, this.#sessionOf(loaded));
      }
    });
    return sessions;
  }

  count(): Promise<number> {
    return this.#reach(
      async () => (await this.#stored.count()) + ((await this.#takeOver?.count()) ?? 0),
    );
  }

  async clear(): Promise<void> {
    await this.#reach(async () => {
      await this.#takeOver?.clear();
      await this.#stored.clear();
    });
  }

  async sessionsOf(userId: string): Promise<UserSession<Session>[]> {
    const users = this.#usersOrThrow();
    checkUser(userId);
    const found = await this.#reach(() => users.find(userId));
    return found.map((loaded) => {
      const { id, createdAt, seenAt: lastSeenAt, endsAt: expiresAt } = loaded.stored;
      return { id, createdAt, lastSeenAt, expiresAt, session: this.#sessionOf(loaded) };
    });
  }

  async revokeUser(userId: string, options?: { except?: string | undefined }): Promise<number> {
    const users = this.#usersOrThrow();
    checkUser(userId);
    if (options !== undefined) checkRevokeOptions(options);
    return this.#reach(() => users.revoke(userId, options?.except));
  }

  /** Closes the shared store where it is the session store's own. */
  async close(): Promise<void> {
    this.availability.close();
    await this.#ownStore?.close();
  }

  /** Makes calls of the store, while it can be reached. */
  async #reach<Output>(calls: () => Promise<Output>): Promise<Output> {
    try {
      this.availability.check();
      if (this.#turn?.pending) await this.#turn.pending;
      return await calls();
    } catch (error) {
      throw this.#noted(error);
    }
  }

  /** What a call has failed with, without ids of sessions in it. */
  #noted(error: unknown): unknown {
    this.availability.failed(error);
    const { isConnectRedis, takeOverFrom } = this.#options;
    return discreet(error, isConnectRedis || takeOverFrom !== undefined);
  }

  #isLetThrough(error: unknown): boolean {
    if (!this.passesThrough || !isUnavailable(error)) return false;
    this.availability.failed(error);
    return true;
  }

  async #saveHeld(held: Held, key: string, wanted: Wanted): Promise<void> {
    if (held.base !== 'fresh') await this.#saves.save(held, key, wanted);
    else held.base = (await this.#saves.put(held.id, key, wanted)) ?? 'gone';
  }

  async *#everything(): AsyncIterableIterator<Loaded> {
    yield* this.#stored.all();
    if (this.#takeOver) yield* this.#takeOver.all();
  }

  #sessionOf({ stored: { cookie }, fields }: Loaded): Session {
    return this.#joined(fields, cookie);
  }

  #joined(fields: SessionFields, cookie: CookieData | undefined): Session {
    return this.#framework.join(cookie, fields) as Session;
  }

  #wanted(cookie: CookieData | undefined, fields: SessionFields): Wanted {
    const session = this.#joined(fields, cookie);
    const [lease, user] = [this.#leaseOf(session, cookie), this.#userOf(session)];
    return { data: JSON.stringify(fields), lease, user };
  }

  #leaseOf(session: Session, cookie: CookieData | undefined, ttlMs?: number): Lease {
    const { touchAfterMs } = this.#options;
    const ttlOf = () => ttlMs ?? ttlFor(this.#ttlMs, session);
    return leaseOf(this.#framework.rules, { ttlOf, touchAfterMs }, cookie, Date.now());
  }

  #userOf(session: Session): string | undefined {
    const user: unknown = this.#userId?.(session);
    return user === undefined || user === null ? undefined : String(user);
  }

  #keyToWrite(id: string): string {
    const key = this.#stored.format.keyOf(id);
    if (key !== undefined) return key;
    throw new InvalidSessionError(
      'The session was not saved: in the format of connect-redis its id is a key, and this one cannot be one',
    );
  }

  #usersOrThrow(): UsersSessions {
    if (this.#users) return this.#users;
    throw new InvalidArgumentError(
      'There is no index of users; give createSessionStore() the option userId',
    );
  }
}
