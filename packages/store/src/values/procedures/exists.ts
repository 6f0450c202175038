// Whether there is an entry, without fetching it.
import type { Procedure } from '../../engine.js';
import { isFlag } from '../../procedures/outputs.js';
import { flag } from '../../procedures/reply.js';

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
