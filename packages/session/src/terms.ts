// What a session says of itself: its data, when it ends, and whose it is.
import type { Loaded } from './formats/format.js';
import type { Framework } from './framework.js';
import { type Lease, leaseOf, ttlFor, withAhead } from './lease.js';
import type { CookieData, SessionFields, SessionStoreOptions } from './sessions.js';
import { cookieData, snapshotOf } from './snapshot.js';
import type { StoreClock } from './store-clock.js';

/** What is to be stored. */
export interface Wanted {
  /** JSON text of the fields. */
  readonly data: string;
  readonly lease: Lease;
  readonly user: string | undefined;
}

/** What is to be stored where the data stays. */
export type WantedEnd = Omit<Wanted, 'data'>;

type TermsOptions<Session> = Pick<SessionStoreOptions<Session>, 'userId' | 'touchAfterMs'> & {
  readonly ttlMs: number | ((session: Session) => number);
};

export class Terms<Session extends object> {
  readonly framework: Framework;
  readonly #options: TermsOptions<Session>;
  readonly #clock: StoreClock;

  constructor(framework: Framework, clock: StoreClock, options: TermsOptions<Session>) {
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
  of(session: Session, ttlMs?: number): Wanted {
    const { data, cookie } = snapshotOf(session, this.framework);
    return { data, ...this.#end(session, cookie, ttlMs) };
  }

  endOf(session: Session): WantedEnd {
    const { cookie } = this.framework.split(session as SessionFields);
    return this.#end(session, cookieData(cookie));
  }

  /** The same when it is written: until then the clock of the store may not have been known. */
  atWriting<Given extends WantedEnd>(wanted: Given): Given {
    const lease = withAhead(wanted.lease, this.#clock);
    return lease === wanted.lease ? wanted : { ...wanted, lease };
  }

  /** Of one that was merged, or is taken over. */
  ofFields(data: string, cookie: CookieData | undefined): Wanted {
    return { data, ...this.#end(this.#joined(JSON.parse(data), cookie), cookie) };
  }

  #end(session: Session, cookie: CookieData | undefined, ttlMs?: number): WantedEnd {
    const { userId, touchAfterMs, ttlMs: standard } = this.#options;
    const ttlOf = () => ttlMs ?? ttlFor(standard, session);
    const lease = leaseOf(this.framework.rules, { ttlOf, touchAfterMs }, cookie, this.#clock);
    const user: unknown = userId?.(session);
    return { lease, user: user === undefined || user === null ? undefined : String(user) };
  }

  #joined(fields: SessionFields, cookie: CookieData | undefined): Session {
    return this.framework.join(cookie, fields) as Session;
  }
}
