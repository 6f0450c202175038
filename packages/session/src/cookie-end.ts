// When a cookie ends, read from its JSON.
import type { CookieData } from './sessions.js';

/**
 * Milliseconds since the epoch, or `undefined` for a cookie that ends with the browser. As in express-session's
 * MemoryStore, `null`, `false` and what is no date (an "Invalid Date" is `null` in JSON) are no end.
 */
export function cookieEnd(cookie: CookieData | undefined): number | undefined {
  const expires = cookie?.expires;
  if (!expires || (typeof expires !== 'string' && typeof expires !== 'number')) return undefined;
  const end = new Date(expires).getTime();
  return Number.isNaN(end) ? undefined : end;
}
