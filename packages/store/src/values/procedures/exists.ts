// Whether an entry exists, without reading it.
import type { Procedure } from '../../engine.js';
import { isFlag } from '../../procedures/outputs.js';
import { flag } from '../../procedures/reply.js';

/** KEYS: the entry. Returns 1 or 0. */
export const exists: Procedure<undefined, boolean> = {
  name: 'exists',
  access: 'read',
  lua: `return redis.call('EXISTS', KEYS[1])`,
  args: () => [],
  command: (key) => ['EXISTS', key],
  reply: flag,
  isOutput: isFlag,
  embedded: (transaction, [key = '']) => transaction.has(key),
};
