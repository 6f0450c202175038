// Reads a sorted set. Each script gets the set as KEYS[1], and returns the reply of its command.
import type { Procedure } from '../engine.js';
import { either, isNothing, isNumber, isText, listOf, recordOf } from '../procedures/outputs.js';
import { count, list, optional, score, text } from '../procedures/reply.js';
import { before, countIn, membersIn, type Range, scoreIn, within } from './layout.js';

interface Ranked {
  readonly member: string;
  readonly reverse: boolean;
}

interface Scores {
  readonly min: number;
  readonly max: number;
}

/** The arguments of ZRANGE after the key. */
export function rangeArgs({ by, min, max, start, reverse, limit }: Range): (string | number)[] {
  const order = reverse ? ['REV'] : [];
  if (by === 'rank') return [start, limit === Infinity ? -1 : start + limit - 1, ...order];
  const [first, last] = reverse ? [max, min] : [min, max];
  const bounds = limit === Infinity ? [] : ['LIMIT', 0, limit];
  return [bound(first), bound(last), 'BYSCORE', ...order, ...bounds];
}

/** A bound in Redis's notation. */
function bound(score: number): string | number {
  if (Number.isFinite(score)) return score;
  return score > 0 ? '+inf' : '-inf';
}

export const sortedScore: Procedure<string, number | undefined> = {
  name: 'sorted-score',
  access: 'read',
  lua: `return redis.call('ZSCORE', KEYS[1], ARGV[1])`,
  args: (member) => [member],
  command: (key, member) => ['ZSCORE', key, member],
  reply: (raw) => optional(raw, score),
  isOutput: either(isNumber, isNothing),
  embedded: (transaction, [set = ''], member) => scoreIn(transaction, set, member),
};

export const sortedRank: Procedure<Ranked, number | undefined> = {
  name: 'sorted-rank',
  access: 'read',
  lua: `return redis.call(ARGV[1], KEYS[1], ARGV[2])`,
  args: ({ member, reverse }) => [reverse ? 'ZREVRANK' : 'ZRANK', member],
  command: (key, { member, reverse }) => [reverse ? 'ZREVRANK' : 'ZRANK', key, member],
  reply: (raw) => optional(raw, count),
  isOutput: either(isNumber, isNothing),
  embedded(transaction, [set = ''], { member, reverse }) {
    const score = scoreIn(transaction, set, member);
    if (score === undefined) return undefined;
    const rank = transaction.countKeys(...before(set, score, member));
    return reverse ? countIn(transaction, set) - 1 - rank : rank;
  },
};

export const sortedRange: Procedure<Range, { readonly member: string; readonly score: number }[]> =
  {
    name: 'sorted-range',
    access: 'read',
    lua: `return redis.call('ZRANGE', KEYS[1], unpack(ARGV))`,
    args: (range) => [...rangeArgs(range), 'WITHSCORES'],
    command: (key, range) => ['ZRANGE', key, ...rangeArgs(range), 'WITHSCORES'],
    reply(raw) {
      const flat = list(raw, text);
      if (flat.length % 2 > 0) throw new Error('The answer has a member without a score');
      return Array.from({ length: flat.length / 2 }, (_, i) => ({
        member: text(flat[2 * i]),
        score: score(flat[2 * i + 1]),
      }));
    },
    isOutput: listOf(recordOf({ member: isText, score: isNumber })),
    embedded: (transaction, [set = ''], range) => membersIn(transaction, set, range),
  };

export const sortedCount: Procedure<Scores, number> = {
  name: 'sorted-count',
  access: 'read',
  lua: `return redis.call('ZCOUNT', KEYS[1], ARGV[1], ARGV[2])`,
  args: ({ min, max }) => [bound(min), bound(max)],
  command: (key, { min, max }) => ['ZCOUNT', key, bound(min), bound(max)],
  reply: (raw) => count(raw),
  isOutput: isNumber,
  embedded(transaction, [set = ''], { min, max }) {
    if (min === -Infinity && max === Infinity) return countIn(transaction, set);
    return min > max ? 0 : transaction.countKeys(...within(set, min, max));
  },
};
