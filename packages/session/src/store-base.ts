// What the stores of fastify and koa have beyond the contract of their framework.
/// <reference lib="esnext.disposable" preserve="true" />
import type { UserSession, UserSessions } from './sessions.js';
import type { SharedSessions } from './shared-sessions.js';

export abstract class StoreBase<Session extends object>
  implements UserSessions<Session>, AsyncDisposable
{
  readonly #sessions: SharedSessions<Session>;

  constructor(sessions: SharedSessions<Session>) {
    this.#sessions = sessions;
  }

  sessionsOf(userId: string): Promise<UserSession<Session>[]> {
    return this.#sessions.sessionsOf(userId);
  }

  revokeUser(userId: string, options?: { except?: string | undefined }): Promise<number> {
    return this.#sessions.revokeUser(userId, options);
  }

  /** Closes the shared store if `createSessionStore` made it. A store that was given as an option stays open. */
  close(): Promise<void> {
    return this.#sessions.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
