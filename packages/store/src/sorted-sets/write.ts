// Changes a sorted set.
import type { Procedure } from '../engine.js';
import { either, isFlag, isNothing, isNumber } from '../procedures/outputs.js';
import { count, flag, optional, score } from '../procedures/reply.js';
import { membersIn, putMember, type Range, removeMembers, scoreIn } from './layout.js';
import { rangeArgs } from './read.js';

interface Scored {
  readonly member: string;
  readonly score: number;
}

/** Says whether the member is new. */
export const sortedAdd: Procedure<Scored, boolean> = {
  name: 'sorted-add',
  access: 'write',
  lua: `return redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])`,
  args: ({ member, score }) => [score, member],
  command: (key, { member, score }) => ['ZADD', key, score, member],
  reply: flag,
  isOutput: isFlag,
  embedded: (transaction, [set = ''], { member, score }) =>
    putMember(transaction, set, member, score),
};

/** The new score; `undefined` where it would not be finite. */
export const sortedIncrement: Procedure<Scored, number | undefined> = {
  name: 'sorted-increment',
  access: 'write',
  lua: `local sum = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[2]) or 0) + ARGV[1]
if sum == math.huge or sum == -math.huge then return false end
return redis.call('ZINCRBY', KEYS[1], ARGV[1], ARGV[2])`,
  args: ({ member, score }) => [score, member],
  reply: (raw) => optional(raw, score),
  isOutput: either(isNumber, isNothing),
  embedded(transaction, [set = ''], { member, score }) {
    const sum = (scoreIn(transaction, set, member) ?? 0) + score;
    if (!Number.isFinite(sum)) return undefined;
    // 0 has no sign in a set.
    putMember(transaction, set, member, sum + 0);
    return sum + 0;
  },
};

/** Says whether it was a member. */
export const sortedRemove: Procedure<string, boolean> = {
  name: 'sorted-remove',
  access: 'write',
  lua: `return redis.call('ZREM', KEYS[1], ARGV[1])`,
  args: (member) => [member],
  command: (key, member) => ['ZREM', key, member],
  reply: flag,
  isOutput: isFlag,
  embedded: (transaction, [set = ''], member) => removeMembers(transaction, set, [member]) === 1,
};

/** Says how many. */
export const sortedRemoveRange: Procedure<Range, number> = {
  name: 'sorted-remove-range',
  access: 'write',
  // Lua puts no more than some thousand arguments into one call.
  lua: `local members = redis.call('ZRANGE', KEYS[1], unpack(ARGV))
for i = 1, #members, 1000 do
  redis.call('ZREM', KEYS[1], unpack(members, i, math.min(i + 999, #members)))
end
return #members`,
  args: rangeArgs,
  reply: (raw) => count(raw),
  isOutput: isNumber,
  embedded: (transaction, [set = ''], range) =>
    removeMembers(
      transaction,
      set,
      membersIn(transaction, set, range).map(({ member }) => member),
    ),
};
