// Blocks an id of a rate limit for a time.
import type { Procedure } from '../engine.js';
import { END_OF_TIME } from '../entries/lifetime.js';
import { LUA_NOW } from '../locks/procedures/lua-leases.js';
import { done } from '../procedures/reply.js';
import { formatLimit, LUA_LIMIT_STATE, parseLimit } from './limit-state.js';

/**
 * Milliseconds, at least 1; a block that would end after the end of time has no end.
 *
 * KEYS: the state of the id. ARGV: the milliseconds. Returns 1.
 */
export const blockLimit: Procedure<number, void> = {
  name: 'block-limit',
  access: 'write',
  lua: `${LUA_LIMIT_STATE}
${LUA_NOW}
local at = now()
local blockedUntil, buckets = parse(redis.call('GET', KEYS[1]) or '')
local ends = math.max(blockedUntil, math.min(at + ARGV[1], ${END_OF_TIME}))
local ms = math.max(redis.call('PTTL', KEYS[1]), ends - at)
redis.call('SET', KEYS[1], format(ends, buckets), 'PX', string.format('%.0f', ms))
return 1`,
  args: (forMs) => [forMs],
  reply: done,
  embedded(transaction, [key = ''], forMs) {
    const { now } = transaction;
    const entry = transaction.entry(key);
    const { blockedUntil, buckets } = parseLimit(entry?.text);
    const until = Math.max(blockedUntil, Math.min(now + forMs, END_OF_TIME));
    const text = formatLimit({ blockedUntil: until, buckets });
    transaction.put(key, text, { forMs: Math.max(entry?.expiresAt ?? 0, until) - now });
  },
};
