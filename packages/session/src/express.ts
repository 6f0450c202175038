// The session store for express-session. It also suits what shares its contract, such as @fastify/session.
/// <reference lib="esnext.disposable" preserve="true" />
import expressSession, { type SessionData } from 'express-session';
import { type Callback, settle } from './callback.js';
import type { SessionStoreOptions, Sessions } from './sessions.js';
import { SharedSessions } from './shared-sessions.js';
import { snapshotOf, snapshotOfCookie } from './snapshot.js';

export type { SessionStoreOptions } from './sessions.js';

/**
 * Sessions of all processes that use the same shared store. See sessions.ts for what holds of them.
 *
 * Every callback is called once, never before the call has returned, and with the error where there is one.
 */
export class SessionStore extends expressSession.Store implements AsyncDisposable {
  readonly #sessions: Sessions;

  constructor(sessions: Sessions) {
    super();
    this.#sessions = sessions;
  }

  override get(sid: string, callback: Callback<SessionData | undefined>): void {
    // What express-session saved, as JSON has it: to its types that is a SessionData.
    settle(this.#sessions.read(sid) as Promise<SessionData | undefined>, callback);
  }

  override set(sid: string, session: SessionData, callback?: Callback<void>): void {
    settle(this.#set(sid, session), callback);
  }

  override destroy(sid: string, callback?: Callback<void>): void {
    settle(this.#sessions.destroy(sid), callback);
  }

  /** Moves the expiry to that of `session.cookie`. Nothing else of `session` is saved. */
  override touch(sid: string, session: SessionData, callback?: Callback<void>): void {
    settle(this.#touch(sid, session), callback);
  }

  /** Every session under its id, in an object without a prototype, as MemoryStore has it. */
  override all(callback: Callback<Record<string, SessionData>>): void {
    settle(this.#all(), callback);
  }

  override length(callback: Callback<number>): void {
    settle(this.#sessions.count(), callback);
  }

  override clear(callback?: Callback<void>): void {
    settle(this.#sessions.clear(), callback);
  }

  /** Closes the shared store where `createSessionStore` made one. One that it was given is its owner's to close. */
  close(): Promise<void> {
    return this.#sessions.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // The snapshots are taken before the first await: a session is saved as it is at the call.

  async #set(sid: string, session: SessionData): Promise<void> {
    await this.#sessions.write(sid, snapshotOf(session));
  }

  async #touch(sid: string, session: SessionData): Promise<void> {
    await this.#sessions.touch(sid, snapshotOfCookie(session.cookie));
  }

  async #all(): Promise<Record<string, SessionData>> {
    const sessions: Record<string, SessionData> = Object.create(null);
    for (const [id, fields] of await this.#sessions.all())
      sessions[id] = fields as unknown as SessionData;
    return sessions;
  }
}

/**
 * A store for `session({ store })` of express-session.
 *
 * @throws InvalidArgumentError where an option is not what it should be.
 */
export function createSessionStore(options: SessionStoreOptions = {}): SessionStore {
  return new SessionStore(new SharedSessions(options));
}
