// Compare-and-swap: replaces or deletes a session if it is still the one that the caller knows.
import {
  either,
  isText,
  type Lifetime,
  LUA_LIFETIME,
  lifetimeArgs,
  only,
  type Procedure,
  recordOf,
  text,
} from '@muster/store/procedures';

/** Recognises a stored text. */
export interface Mark {
  /** The position in the stored text at which `text` must stand; `WHOLE`: `text` must be all of it. */
  readonly at: number;
  readonly text: string;
}

export const WHOLE = -1;

interface Input {
  readonly mark: Mark;
  /** `undefined` deletes. */
  readonly next: string | undefined;
  readonly lifetime: Lifetime;
}

/** `gone`: there is no session. `current`: another text is stored, and nothing was changed. */
export type Swap = { readonly outcome: 'swapped' | 'gone' } | { readonly current: string };

/** A text is never empty, so the empty one says "delete". */
const DELETE = '';

/**
 * KEYS[1]: the session. ARGV: the mark's position and text, the next text (empty: delete), and its lifetime (two).
 * Returns 1 if it was swapped, 0 if there is none, else the text that is stored.
 */
export const swapRecord: Procedure<Input, Swap> = {
  name: 'session-swap',
  access: 'write',
  // GETRANGE, as most often only the mark is needed. A value that is not a text is not a session.
  lua: `${LUA_LIFETIME}
local at = tonumber(ARGV[1])
local found
if at == ${WHOLE} then found = redis.pcall('GET', KEYS[1])
else found = redis.pcall('GETRANGE', KEYS[1], at, at + #ARGV[2] - 1) end
if type(found) == 'table' then return 0 end
if found ~= ARGV[2] then
  local text = redis.call('GET', KEYS[1])
  if text then return text else return 0 end
end
if ARGV[3] == '' then redis.call('DEL', KEYS[1]) else write(KEYS[1], ARGV[3], ARGV[4], ARGV[5]) end
return 1`,
  args: ({ mark, next = DELETE, lifetime }) => [
    mark.at,
    mark.text,
    next,
    ...lifetimeArgs(lifetime),
  ],
  characters: ({ mark, next = DELETE }) => mark.text.length + next.length,
  reply(raw) {
    if (raw === 1) return { outcome: 'swapped' };
    return raw === 0 ? { outcome: 'gone' } : { current: text(raw) };
  },
  isOutput: either(
    recordOf({ outcome: either(only('swapped'), only('gone')) }),
    recordOf({ current: isText }),
  ),
  embedded(transaction, [key = ''], { mark, next, lifetime }) {
    const text = transaction.get(key);
    if (text === undefined) return { outcome: 'gone' };
    const isIt = mark.at === WHOLE ? text === mark.text : text.startsWith(mark.text, mark.at);
    if (!isIt) return { current: text };
    if (next === undefined) transaction.delete(key);
    else transaction.put(key, next, lifetime);
    return { outcome: 'swapped' };
  },
};
