// The names of all queues of a store, or of all its schedules: one key, so that nobody has to look through all keys for them.
import { isNothing, isText, list, listOf, type Procedure, text } from '@muster/store/procedures';

/** The key that has them. */
export const NAMES = 'n';
/** Behind every name. */
const END = '\u{10ffff}';

/** Something else may be there. */
const LUA_CHECK = `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'zset' and kind ~= 'none' then redis.call('DEL', KEYS[1]) end
`;

export const addName: Procedure<string, void> = {
  name: 'queue-add-name',
  access: 'write',
  lua: `${LUA_CHECK}redis.call('ZADD', KEYS[1], 0, ARGV[1])
return 1`,
  args: (name) => [name],
  reply: () => {},
  isOutput: isNothing,
  embedded(transaction, [key = ''], name) {
    transaction.put(`${key}:${name}`, '1', 'never');
  },
};

export const removeName: Procedure<string, void> = {
  name: 'queue-remove-name',
  access: 'write',
  lua: `${LUA_CHECK}redis.call('ZREM', KEYS[1], ARGV[1])
return 1`,
  args: (name) => [name],
  reply: () => {},
  isOutput: isNothing,
  embedded(transaction, [key = ''], name) {
    transaction.delete(`${key}:${name}`);
  },
};

/** In the order of their bytes. */
export const listNames: Procedure<undefined, string[]> = {
  name: 'queue-list-names',
  access: 'read',
  lua: `${LUA_CHECK}return redis.call('ZRANGE', KEYS[1], 0, -1)`,
  args: () => [],
  reply: (raw) => list(raw, text),
  isOutput: listOf(isText),
  embedded(transaction, [key = '']) {
    const range = { reverse: false, offset: 0, limit: Infinity };
    const found = transaction.keys(`${key}:`, `${key}:${END}`, range);
    return found.map((it) => it.slice(key.length + 1));
  },
};
