// Which of many entries exist, without reading them.
import type { Procedure } from '../../engine.js';
import { isFlag, listOf } from '../../procedures/outputs.js';
import { flag, list } from '../../procedures/reply.js';

/** KEYS: the entries. Returns 1 or 0 for each, in the order of the keys. */
export const existsMany: Procedure<undefined, boolean[]> = {
  name: 'exists-many',
  access: 'read',
  lua: `local found = {}
for i, key in ipairs(KEYS) do found[i] = redis.call('EXISTS', key) end
return found`,
  args: () => [],
  reply: (raw) => list(raw, flag),
  isOutput: listOf(isFlag),
  embedded: (transaction, keys) => keys.map((key) => transaction.has(key)),
};
