// The hash by which the store knows a session, or a user, in place of its id.
import { hash } from 'node:crypto';

const NOT_ASCII = /[^\0-\x7f]/;

/**
 * The same for the same id in every process, of bounded length, and of no use to anybody who reads it, whereas knowing a
 * session id may be enough to act as its user.
 */
export function hashOf(id: string): string {
  // UTF-8 has one form for all lone surrogates, so two ids would be one session; JSON tells them apart. No ASCII id starts
  // with this prefix.
  return hash('sha256', NOT_ASCII.test(id) ? `\u00e9${JSON.stringify(id)}` : id, 'base64url');
}
