// Drafts: what is to be stored of a session. Its data, when it ends, and whose it is.
import { shown } from '@muster/codec/options';
import { InvalidOptionError } from '@muster/store';
import { type Expiry, expiryOf, ttlFor, withAhead } from '../expiry/expiry.js';
import type { StoreClock } from '../expiry/store-clock.js';
import type { Loaded } from '../formats/format.js';
import type { Framework } from '../framework.js';
import type { CookieData, SessionFields, SessionStoreOptions } from '../sessions.js';
import { checkSession, cookieData, snapshotOf } from './snapshot.js';

/** What is to be stored. */
export interface Draft {
  /** JSON text of the fields. */
  readonly data: string;
  readonly expiry: Expiry;
  readonly user: string | undefined;
}

/** A draft that leaves the data as it is. */
export type EndDraft = Omit<Draft, 'data'>;

type DraftOptions<Session> = Pick<SessionStoreOptions<Session>, 'userId' | 'touchAfterMs'> & {
  readonly ttlMs: number | ((session: Session) => number);
};

export class Drafts<Session extends object> {
  readonly framework: Framework;
  readonly #options: DraftOptions<Session>;
  readonly #clock: StoreClock;

  constructor(framework: Framework, clock: StoreClock, options: DraftOptions<Session>) {
    this.framework = framework;
    this.#clock = clock;
    this.#options = options;
  }

  sessionOf({ stored: { cookie }, fields }: Loaded): Session {
    return this.#joined(fields, cookie);
  }

  /**
   * @param ttlMs how long a session lives whose cookie has no end. Default: the option.
   * @throws InvalidSessionError
   */
  of(session: Session, ttlMs?: number): Draft {
    const { data, cookie } = snapshotOf(session, this.framework);
    return { data, ...this.#end(session, cookie, ttlMs) };
  }

  endOf(session: Session): EndDraft {
    checkSession(session);
    const { cookie } = this.framework.split(session as SessionFields);
    return this.#end(session, cookieData(cookie));
  }

  /** The same draft at the time of the write: before that, the clock of the store may not have been known. */
  atWriting<Given extends EndDraft>(draft: Given): Given {
    const expiry = withAhead(draft.expiry, this.#clock);
    return expiry === draft.expiry ? draft : { ...draft, expiry };
  }

  /** Of a session that was merged, or is migrated. */
  ofFields(data: string, cookie: CookieData | undefined): Draft {
    return { data, ...this.#end(this.#joined(JSON.parse(data), cookie), cookie) };
  }

  #end(session: Session, cookie: CookieData | undefined, ttlMs?: number): EndDraft {
    const { userId, touchAfterMs, ttlMs: standard } = this.#options;
    const ttlOf = () => ttlMs ?? ttlFor(standard, session);
    const expiry = expiryOf(this.framework.rules, { ttlOf, touchAfterMs }, cookie, this.#clock);
    return { expiry, user: userOf(userId?.(session)) };
  }

  #joined(fields: SessionFields, cookie: CookieData | undefined): Session {
    return this.framework.join(cookie, fields) as Session;
  }
}

/** @throws InvalidOptionError for a user whom `revokeUser()` could not name. */
function userOf(given: unknown): string | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given === 'string' || typeof given === 'bigint' || Number.isFinite(given)) {
    return String(given);
  }
  const isPromise = given instanceof Promise;
  // The error below says what is wrong, so that a rejection need not.
  if (isPromise) given.catch(() => {});
  const what = isPromise
    ? 'a promise; it has to know at once, by what is in the session'
    : shown(given);
  throw new InvalidOptionError(
    `A session store's userId gives text, a number, a bigint, or undefined for nobody, and gave ${what}`,
  );
}
