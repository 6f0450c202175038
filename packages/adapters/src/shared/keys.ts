// Keys that come from outside, such as a header of a request, as keys of the store.
import { createHash } from 'node:crypto';

/** Of the 1,024 bytes that a key of the store may have. */
const LONGEST = 1_000;
const HASHED = '#';
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The key itself if the store takes it; otherwise its hash. Two keys never become one: those that look like a hash are hashed
 * too. A client that sends a long or an empty key so gets a limit of its own, and no error.
 */
export function storeKey(key: string): string {
  const fits = key !== '' && Buffer.byteLength(key) <= LONGEST && !LONE_SURROGATE.test(key);
  if (fits && !key.startsWith(HASHED)) return key;
  return HASHED + createHash('sha256').update(key, 'utf16le').digest('base64url');
}

/** A key within a scope, such as a route: no key of one scope is one of another, whatever is in it. */
export function scopedKey(scope: string, key: string): string {
  return storeKey(`${encodeURIComponent(scope)}:${key}`);
}
