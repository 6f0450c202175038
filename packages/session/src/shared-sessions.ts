/**
 * Sessions in a namespace of a shared store. The stores of all frameworks and createSessions() stand on this.
 */
import { createSharedStore, InvalidOptionError, type SharedStore } from '@muster/store';
import { withoutDefaultPrefix } from '@muster/store/procedures';
import { InvalidSessionError } from './errors.js';
import type { Loaded, Stored } from './formats/format.js';
import type { Framework } from './framework.js';
import { checkId, checkRevokeOptions, checkUser } from './options/checks.js';
import { resolveOptions } from './options/resolve-options.js';
import { CopiesByObject } from './saving/copies-by-object.js';
import { Drafts } from './saving/drafts.js';
import { LazyMigration } from './saving/lazy-migration.js';
import { regenerate } from './saving/regenerate.js';
import { SessionWriter } from './saving/session-writer.js';
import { WorkingCopy } from './saving/working-copy.js';
import type { SessionStoreOptions, UserSession } from './sessions.js';
import type { Availability } from './stored/availability.js';
import { StoreAccess } from './stored/store-access.js';
import { StoredSessions } from './stored/stored-sessions.js';
import { UserLookup } from './stored/user-lookup.js';
import { trace } from './trace.js';

/** A session as a request gets it. */
export interface Opened<Session> {
  /** The request gives it back with what it saves. */
  readonly copy: WorkingCopy;
  /** A fresh object; `undefined` if the store is away and requests go on without a session (`pass-through`). */
  readonly session: Session | undefined;
}

/** Every method rejects with what the shared store rejects with, and none throws. */
export class SharedSessions<Session extends object> {
  readonly passesThrough: boolean;
  /** For callers that save an object without saying what they loaded. */
  readonly copies = new CopiesByObject();
  readonly #access: StoreAccess;
  readonly #drafts: Drafts<Session>;
  readonly #stored: StoredSessions;
  readonly #writer: SessionWriter;
  readonly #users: UserLookup | undefined;
  readonly #migration: LazyMigration | undefined;
  /** The shared store, if nobody else closes it. */
  readonly #ownStore: SharedStore | undefined;

  /** @param caller names the call in errors about its options. @throws InvalidOptionError */
  constructor(
    options: SessionStoreOptions<Session>,
    framework: Framework,
    caller = 'createSessionStore()',
  ) {
    const resolved = resolveOptions(caller, options);
    const { isConnectRedis, migratesFrom, passesThrough, rejectsConflicts } = resolved;
    const isForeign = isConnectRedis || migratesFrom !== undefined;
    const shared = options.store ?? createSharedStore(isForeign ? { keyPrefix: '' } : {});
    const foreign = isForeign ? withoutDefaultPrefix(shared) : shared;
    const store = isConnectRedis ? foreign : shared;
    const stored = new StoredSessions(store, framework.rules, resolved);
    const { index, clock } = stored;
    const ttlMs = resolved.ttlMs as number | ((session: Session) => number);
    const { touchAfterMs, userId } = options;
    const drafts = new Drafts(framework, clock, { ttlMs, touchAfterMs, userId });
    const writer = new SessionWriter({ stored, drafts, rejectsConflicts });
    const take = (id: string, old: Loaded): Promise<Stored | undefined> =>
      writer.put(id, drafts.ofFields(JSON.stringify(old.fields), old.stored.cookie), {
        condition: 'absent',
      });
    this.passesThrough = passesThrough;
    this.#access = new StoreAccess({ store, clock, passesThrough, areKeysIds: isForeign });
    this.#drafts = drafts;
    this.#stored = stored;
    this.#writer = writer;
    this.#users = index && new UserLookup(stored, index);
    this.#migration =
      migratesFrom === undefined
        ? undefined
        : new LazyMigration(foreign, migratesFrom, stored, take);
    this.#ownStore = options.store ? undefined : shared;
  }

  get availability(): Availability {
    return this.#access.availability;
  }

  /** The session that has, or had, this id. A later save compares with what it is now. */
  async load(id: string): Promise<Opened<Session> | undefined> {
    checkId(id);
    if (this.#stored.format.keyOf(id) === undefined) return undefined;
    const find = async (): Promise<Opened<Session> | undefined> => {
      const loaded = (await this.#stored.findById(id)) ?? (await this.#migration?.take(id));
      trace(loaded ? 'load: found' : 'load: not found');
      if (!loaded) return undefined;
      const { stored } = loaded;
      const session = this.#drafts.sessionOf(loaded);
      const copy = new WorkingCopy(stored.id, stored, id);
      this.copies.note(session, copy);
      return { copy, session };
    };
    return this.#access.read(find, { copy: new WorkingCopy(id, 'detached'), session: undefined });
  }

  /** The caller's copy of the session with this id, found by the object that it saves. */
  copyOf(id: string, session: unknown): WorkingCopy {
    return this.copies.find(id, session) ?? new WorkingCopy(id, 'unread');
  }

  /**
   * Saves the session as it is now.
   *
   * @param ttlMs how long a session lives whose cookie has no end. Default: the option.
   * @returns `undefined` if nothing has to be written.
   */
  save(copy: WorkingCopy, session: Session, ttlMs?: number): Promise<void> | undefined {
    try {
      checkId(copy.id);
      const draft = this.#drafts.of(session, ttlMs);
      const isDue = !(copy.isAtRest && this.#writer.isSaved(copy, draft));
      trace(isDue ? 'save' : 'save: nothing has to be written');
      if (!isDue) return undefined;
      this.#checkKey(copy.id);
      const save = () => this.#writer.save(copy, this.#drafts.atWriting(draft));
      return this.#write(copy, save);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Moves the session's end to that of its cookie, if that is due. Leaves the data alone.
   *
   * @returns `undefined` if nothing has to be written.
   */
  touch(copy: WorkingCopy, session: Session): Promise<void> | undefined {
    try {
      checkId(copy.id);
      const draft = this.#drafts.endOf(session);
      if (copy.isAtRest && this.#writer.isIdle(copy, draft)) return undefined;
      if (this.#stored.format.keyOf(copy.id) === undefined) return undefined;
      return this.#write(copy, () => this.#writer.touch(copy, this.#drafts.atWriting(draft)));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Gives the session a new id, and saves it as it is now.
   *
   * @param graceMs for how long the old id leads to the session as well, at most until it ends.
   */
  async regenerate(copy: WorkingCopy, session: Session, graceMs: number): Promise<void> {
    if (graceMs > 0 && !this.#stored.format.pointers) {
      throw new InvalidOptionError(
        'The format of connect-redis has no place for where a session has moved to; leave out graceMs',
      );
    }
    trace('regenerate');
    const draft = this.#drafts.of(session);
    const [writer, stored] = [this.#writer, this.#stored];
    await this.#write(copy, () =>
      regenerate({ writer, stored }, copy, this.#drafts.atWriting(draft), graceMs),
    );
  }

  async destroy(id: string): Promise<void> {
    checkId(id);
    if (this.#stored.format.keyOf(id) === undefined) return;
    trace('destroy');
    await this.#access.call(async () => {
      // First, so that no request migrates it again once ours is gone.
      if (this.#migration) await this.#migration.remove(id);
      await this.#stored.removeById(id);
    });
  }

  /** When the session ends, in local time: as it was loaded or saved last; for a new one, as if it were saved now. */
  endOf({ base }: WorkingCopy, session: Session): number {
    const endsAt =
      typeof base === 'string' ? this.#drafts.endOf(session).expiry.endsAt : base.endsAt;
    return this.#stored.clock.toLocal(endsAt);
  }

  /** Every session, under its id. All of them are in memory at once. */
  all(): Promise<Map<string, Session>> {
    return this.#access.call(async () => {
      const sessions = new Map<string, Session>();
      for (const from of [this.#stored, this.#migration]) {
        if (!from) continue;
        for await (const loaded of from.all()) {
          sessions.set(loaded.stored.id, this.#drafts.sessionOf(loaded));
        }
      }
      return sessions;
    });
  }

  count(): Promise<number> {
    return this.#access.call(
      async () => (await this.#stored.count()) + ((await this.#migration?.count()) ?? 0),
    );
  }

  clear(): Promise<void> {
    return this.#access.call(async () => {
      if (this.#migration) await this.#migration.clear();
      await this.#stored.clear();
    });
  }

  async sessionsOf(userId: string): Promise<UserSession<Session>[]> {
    const users = this.#usersOrThrow();
    checkUser(userId);
    const found = await this.#access.call(() => users.find(userId));
    const { clock } = this.#stored;
    return found.map((loaded) => {
      const { id, createdAt, seenAt, endsAt } = loaded.stored;
      return {
        id,
        createdAt: clock.toLocal(createdAt),
        lastSeenAt: clock.toLocal(seenAt),
        expiresAt: clock.toLocal(endsAt),
        session: this.#drafts.sessionOf(loaded),
      };
    });
  }

  async revokeUser(userId: string, options?: { except?: string | undefined }): Promise<number> {
    const users = this.#usersOrThrow();
    checkUser(userId);
    if (options !== undefined) checkRevokeOptions(options);
    return this.#access.call(() => users.revoke(userId, options?.except));
  }

  /** Closes the shared store if the session store made it. */
  async close(): Promise<void> {
    this.availability.close();
    await this.#ownStore?.close();
  }

  async #write(copy: WorkingCopy, write: () => Promise<void>): Promise<void> {
    if (copy.base === 'detached') return;
    await this.#access.write(() => copy.inOrder(write), undefined);
  }

  #checkKey(id: string): void {
    if (this.#stored.format.keyOf(id) !== undefined) return;
    throw new InvalidSessionError(
      'The session was not saved: in the format of connect-redis its id is a key, and this one cannot be one',
    );
  }

  #usersOrThrow(): UserLookup {
    if (this.#users) return this.#users;
    throw new InvalidOptionError('There is no index of users; give the option userId');
  }
}
