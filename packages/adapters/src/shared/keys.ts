// Keys that come from outside, such as a header of a request, as keys of the store.
import { createHash } from 'node:crypto';
import { shown } from '@muster/codec/options';
import { InvalidKeyError } from '@muster/store';

/** Of the 1,024 bytes that a key of the store may have. */
const LONGEST = 1_000;
const HASHED = '#';
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The key itself if the store takes it; otherwise its hash. Two keys never become one: those that look like a hash are hashed
 * too. A client that sends a long or an empty key so gets a limit of its own, and no error.
 *
 * @param given text, or a number, which is its text.
 * @throws InvalidKeyError for anything else, such as the address of a request that has none.
 */
export function storeKey(given: unknown): string {
  const key = textOf(given);
  const fits = key !== '' && Buffer.byteLength(key) <= LONGEST && !LONE_SURROGATE.test(key);
  if (fits && !key.startsWith(HASHED)) return key;
  return HASHED + createHash('sha256').update(key, 'utf16le').digest('base64url');
}

/**
 * A key within a scope, such as a route: no key of one scope is one of another, whatever is in it.
 *
 * @throws InvalidKeyError as of `storeKey`.
 */
export function scopedKey(scope: string, key: unknown): string {
  return storeKey(`${encodeURIComponent(scope)}:${textOf(key)}`);
}

function textOf(key: unknown): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'number') return String(key);
  throw new InvalidKeyError(`it is text or a number, and not ${shown(key)}`);
}
