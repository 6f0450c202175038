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

/** Returns whether the member is new. KEYS: the set. ARGV: the score; the member. Returns 1 or 0. */
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

/** The new score; `undefined` if it would not be finite. KEYS: the set. ARGV: the addend; the member. Returns the score or nil. */
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
    // -0 counts as 0.
    putMember(transaction, set, member, sum + 0);
    return sum + 0;
  },
};

/** Returns whether it was a member. KEYS: the set. ARGV: the member. Returns 1 or 0. */
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

/** Returns how many. KEYS: the set. ARGV: the arguments of ZRANGE. Returns the number. */
export const sortedRemoveRange: Procedure<Range, number> = {
  name: 'sorted-remove-range',
  access: 'write',
  // A call in Lua takes no more than some thousand arguments.
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
