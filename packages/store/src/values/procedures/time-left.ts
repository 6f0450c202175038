// How long an entry has left to live.
import type { Procedure } from '../../engine.js';
import { either, isNothing, isNumber } from '../../procedures/outputs.js';
import { timeLeft as timeLeftIn } from '../../procedures/reply.js';

/** Milliseconds, at least 1; `Infinity` for an entry that does not expire, `undefined` for none. KEYS: the entry. Returns PTTL's reply. */
export const timeLeft: Procedure<undefined, number | undefined> = {
  name: 'time-left',
  access: 'read',
  lua: `return redis.call('PTTL', KEYS[1])`,
  args: () => [],
  command: (key) => ['PTTL', key],
  reply: timeLeftIn,
  isOutput: either(isNumber, isNothing),
  embedded(transaction, [key = '']) {
    const entry = transaction.entry(key);
    return entry && entry.expiresAt - transaction.now;
  },
};
