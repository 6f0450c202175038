// Reads and deletes an entry: of many calls at once, one gets it.
import type { Procedure } from '../../engine.js';
import { either, isNothing, isText } from '../../procedures/outputs.js';
import { optional, text } from '../../procedures/reply.js';

/** The text; `undefined` if there was none. KEYS: the entry. Returns its text or nil. */
export const getAndDelete: Procedure<undefined, string | undefined> = {
  name: 'get-and-delete',
  access: 'write',
  lua: `return redis.call('GETDEL', KEYS[1])`,
  args: () => [],
  command: (key) => ['GETDEL', key],
  reply: (raw) => optional(raw, text),
  isOutput: either(isText, isNothing),
  embedded(transaction, [key = '']) {
    const text = transaction.get(key);
    if (text !== undefined) transaction.delete(key);
    return text;
  },
};
