// Reads a text, and how long the store keeps it.
import {
  either,
  integer,
  isNothing,
  isNumber,
  isText,
  type Procedure,
  recordOf,
  text,
  tuple,
} from '@muster/store/procedures';

/** `leftMs` is `Infinity` for a text that does not expire; `undefined`: there is no text. */
type Output = { readonly text: string; readonly leftMs: number } | undefined;

/** KEYS[1]: the session. No ARGV. Returns the text and its PTTL, or false. */
export const readWithEnd: Procedure<undefined, Output> = {
  name: 'session-read-with-end',
  access: 'read',
  lua: `local text = redis.pcall('GET', KEYS[1])
if type(text) ~= 'string' then return false end
return { text, redis.call('PTTL', KEYS[1]) }`,
  args: () => [],
  reply(raw) {
    if (raw === null) return undefined;
    const [found, left] = tuple(raw, 2);
    const leftMs = integer(left);
    return { text: text(found), leftMs: leftMs < 0 ? Infinity : leftMs };
  },
  isOutput: either(recordOf({ text: isText, leftMs: isNumber }), isNothing),
  embedded(transaction, [key = '']) {
    const entry = transaction.entry(key);
    return entry && { text: entry.text, leftMs: entry.expiresAt - transaction.now };
  },
};
