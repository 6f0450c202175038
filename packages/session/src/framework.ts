// What a session of each framework looks like.
import { cookieRules, type ExpiryRules, koaRules } from './expiry/expiry.js';
import type { CookieData, SessionFields } from './sessions.js';

export interface Framework {
  readonly rules: ExpiryRules;
  /** Takes the cookie out of a session. */
  split(session: SessionFields): { cookie: unknown; fields: SessionFields };
  /** Puts it back. Nothing of `cookie` itself is in what comes out. */
  join(cookie: CookieData | undefined, fields: SessionFields): SessionFields;
}

/** express-session and @fastify/session: the cookie is the field `cookie`, the first one. */
export const cookieFramework: Framework = {
  rules: cookieRules,
  split: ({ cookie, ...fields }) => ({ cookie, fields }),
  join: (cookie, fields) => (cookie ? { cookie: { ...cookie }, ...fields } : fields),
};

/** koa-session: what it keeps of the cookie stands beside the data. */
export const koaFramework: Framework = {
  rules: koaRules,
  split({ _expire, _maxAge, _session, ...fields }) {
    return { cookie: { _expire, _maxAge, _session }, fields };
  },
  join: (cookie, fields) => ({ ...fields, ...cookie }),
};

/** createSessions(): fields, and beside them the cookie of a framework that has stored the session, which stays as it is. */
export const plainFramework: Framework = {
  rules: cookieRules,
  split: ({ cookie, data }) => ({ cookie, fields: data as SessionFields }),
  join: (cookie, data) => ({ cookie, data }),
};
