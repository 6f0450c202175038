// What a session, or a user, is called in the store, in place of its id.
import { hash } from 'node:crypto';

/**
 * The same for the same id in every process, of bounded length, and of no use to whoever reads it: who knows a
 * session id may be able to act as its user.
 */
export function handleOf(id: string): string {
  // UTF-16 and not UTF-8, which makes one of all lone surrogates, and so one session of two ids.
  return hash('sha256', Buffer.from(String(id), 'utf16le'), 'base64url');
}
