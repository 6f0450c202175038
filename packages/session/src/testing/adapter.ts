/**
 * The contract of a session adapter: the code that gives each request of a framework its session, on top of
 * `createSessions()`.
 *
 * - It loads the session of the id that the request's cookie has, whatever that cookie says.
 * - It saves the session before the first byte of the response leaves, so that a client that follows at once finds it.
 *   A save that fails makes the response an error.
 * - A response whose session was saved sets the cookie: the session's id, until the session ends (`expiresAt`), for every
 *   path, out of reach of scripts (`HttpOnly`), and not sent along by other sites (`SameSite`).
 * - A response whose session is gone takes the cookie away.
 * - A new session in which nothing was kept is not saved, and gets no cookie.
 */
import type { Session, Sessions } from '../sessions.js';

/** What the app does with a request: it gets the session, and gives what the response says. */
export type Handle = (session: Session, path: string) => unknown;

/** An app that listens. */
export interface ServedApp {
  /** Such as `http://127.0.0.1:43210`, without a path. */
  readonly url: string;
  close(): Promise<unknown>;
}

export interface AdapterUnderTest {
  /**
   * Starts an app in which every request goes through the adapter, over these sessions. It answers `GET` of any path with
   * what `handle(session, path)` returns or resolves with, as JSON. If `handle` or the adapter fails, it answers with a
   * status of 400 or more.
   */
  serve(sessions: Sessions, handle: Handle): Promise<ServedApp>;
}
