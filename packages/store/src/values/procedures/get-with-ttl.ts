// An entry, and how long it has left to live.
import type { Procedure } from '../../engine.js';
import { either, isNothing, isNumber, isText, recordOf } from '../../procedures/outputs.js';
import { optional, text, timeLeft, tuple } from '../../procedures/reply.js';

/** `ttlMs` is at least 1; `Infinity` for an entry that does not expire. */
interface Output {
  readonly text: string;
  readonly ttlMs: number;
}

/** KEYS: the entry. Returns its text or nil, and PTTL's reply. */
export const getWithTtl: Procedure<undefined, Output | undefined> = {
  name: 'get-with-ttl',
  access: 'read',
  // MGET, as for `get`: a key of another Redis type than a string counts as missing.
  lua: `return { redis.call('MGET', KEYS[1])[1], redis.call('PTTL', KEYS[1]) }`,
  args: () => [],
  reply(raw) {
    const [first, left] = tuple(raw, 2);
    const found = optional(first, text);
    const ttlMs = timeLeft(left);
    return found === undefined || ttlMs === undefined ? undefined : { text: found, ttlMs };
  },
  isOutput: either(isNothing, recordOf({ text: isText, ttlMs: isNumber })),
  embedded(transaction, [key = '']) {
    const entry = transaction.entry(key);
    return entry && { text: entry.text, ttlMs: entry.expiresAt - transaction.now };
  },
};
