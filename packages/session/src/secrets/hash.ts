// What a session, or a user, is called in the store, in place of its id.
import { hash } from 'node:crypto';

const NOT_ASCII = /[^\0-\x7f]/;

/**
 * The same for the same id in every process, of bounded length, and of no use to whoever reads it: who knows a
 * session id may be able to act as its user.
 */
export function hashOf(id: string): string {
  // UTF-8 makes one of all lone surrogates, and so one session of two ids; JSON tells them apart. What is in front is the
  // start of no ASCII id.
  return hash('sha256', NOT_ASCII.test(id) ? `\u00e9${JSON.stringify(id)}` : id, 'base64url');
}
