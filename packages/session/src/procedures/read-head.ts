// Reads the first characters of a text, which are ASCII.
import { isText, type Procedure, text } from '@muster/store/procedures';

/** Resolves with the empty text if there is none. KEYS[1]: the session. ARGV: how many characters. */
export const readHead: Procedure<number, string> = {
  name: 'session-read-head',
  access: 'read',
  lua: `local head = redis.pcall('GETRANGE', KEYS[1], 0, ARGV[1] - 1)
return type(head) == 'string' and head or ''`,
  args: (characters) => [characters],
  reply: text,
  isOutput: isText,
  embedded: (transaction, [key = ''], characters) =>
    (transaction.get(key) ?? '').slice(0, characters),
};
