/**
 * The index of a user's sessions.
 *
 * A session's text names its entry (`indexRef`). The entry is written before the first such text, and removed after the last
 * one, so a reader of the index finds every session that was saved before. The index may hold more: entries of sessions that
 * have ended, or that are being saved. It drops them when their time is over, which is after the session's.
 */
import { MusterError } from '@muster/codec/errors';
import type { Texts } from '@muster/store/procedures';
import type { IndexRef } from '../formats/format.js';
import { hashOf } from '../secrets/hash.js';
import { newVersion } from '../secrets/version.js';
import { addEntry, entriesIn, removeEntry } from './index-entries.js';

/** The first characters of hashes. A page for each keeps pages short for users with thousands of sessions. */
const PAGES = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];

const pageKey = (user: string, page: string): string => `u:{${user}}:${page}`;

export class UserIndex {
  readonly #texts: Texts;

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  /**
   * The entry of a session that is about to be written for this user, once the index has it. The old entry serves while the
   * session ends before it does; a new one holds for twice as long, so that not every save needs one.
   *
   * @param before the entry until now; it is under another id if `isMoving`.
   */
  add(
    userId: string | undefined,
    session: { hash: string; endsAt: number; isMoving: boolean },
    before: IndexRef | undefined,
    now: number,
  ): IndexRef | undefined | Promise<IndexRef> {
    if (userId === undefined) return undefined;
    const user = hashOf(userId);
    const { hash, endsAt, isMoving } = session;
    const own = before?.user === user ? before : undefined;
    if (own && !isMoving && endsAt <= own.until) return own;
    const until = Math.ceil(endsAt + Math.max(endsAt - now, 0));
    const token = newVersion();
    const lineage = own?.lineage ?? newVersion();
    const entry = { hash, until, token };
    return this.#texts
      .run(addEntry, [keyOf(user, hash)], entry)
      .then(() => ({ user, until, token, lineage }));
  }

  /** Adds the entry again, in case a server has dropped the page. Fails silently. */
  async renew(hash: string, { user, until, token }: IndexRef): Promise<void> {
    try {
      await this.#texts.run(addEntry, [keyOf(user, hash)], { hash, until, token });
    } catch (error) {
      if (!(error instanceof MusterError)) throw error;
    }
  }

  /** Removes the entry of a session that is gone. Fails silently: the entry ends by itself. */
  async forget(hash: string, indexRef: IndexRef | undefined): Promise<void> {
    if (!indexRef) return;
    try {
      await this.#texts.run(removeEntry, [keyOf(indexRef.user, hash)], {
        hash,
        token: indexRef.token,
      });
    } catch (error) {
      if (!(error instanceof MusterError)) throw error;
    }
  }

  /** The hashes of sessions that may be the user's. */
  async hashesOf(user: string): Promise<string[]> {
    const pages = await this.#texts.getMany(PAGES.map((page) => pageKey(user, page)));
    return pages.flatMap(entriesIn).map(({ hash }) => hash);
  }
}

const keyOf = (user: string, hash: string): string => pageKey(user, hash.slice(0, 1));
