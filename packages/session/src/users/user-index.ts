/**
 * Which sessions are a user's.
 *
 * An entry is there from before the first text of a session that names it (by `place`) is written until after the last
 * one is gone, so whoever reads the index finds every session that was saved before. It may hold more: entries of sessions
 * that ended, or that are being saved. Those are dropped when their time is over, which is after the session's.
 */
import { StoreError } from '@muster/store';
import type { Texts } from '@muster/store/procedures';
import type { IndexRef } from '../formats/format.js';
import { hashOf } from '../secrets/hash.js';
import { newVersion } from '../secrets/version.js';
import { addEntry, entriesIn, removeEntry } from './index-entries.js';

/** The first characters of hashes. A page of its own for each keeps pages short for users with thousands of sessions. */
const PAGES = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];

const pageKey = (user: string, page: string): string => `u:{${user}}:${page}`;

export class UserIndex {
  readonly #texts: Texts;

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  /**
   * Where a session is that is about to be written for this user, once the index has it. It stays where it is while it ends
   * before its place does; a new place holds for twice as long, so that not every save needs one.
   *
   * @param before where it is: `isMoving` if that is under another id.
   */
  indexRef(
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

  /** The session is still there: where a server has dropped the page, it is on it again. Failing that is no failure. */
  async renew(hash: string, { user, until, token }: IndexRef): Promise<void> {
    try {
      await this.#texts.run(addEntry, [keyOf(user, hash)], { hash, until, token });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /** That the session which was there is gone. Failing that leaves an entry that ends by itself, and is no failure. */
  async forget(hash: string, indexRef: IndexRef | undefined): Promise<void> {
    if (!indexRef) return;
    try {
      await this.#texts.run(removeEntry, [keyOf(indexRef.user, hash)], {
        hash,
        token: indexRef.token,
      });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /** Handles of sessions that may be the user's. */
  async hashesOf(user: string): Promise<string[]> {
    const pages = await this.#texts.getMany(PAGES.map((page) => pageKey(user, page)));
    return pages.flatMap(entriesIn).map(({ hash }) => hash);
  }
}

const keyOf = (user: string, hash: string): string => pageKey(user, hash.slice(0, 1));
