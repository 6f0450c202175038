// A lifetime as arguments of a script, and the Lua function that applies it.
import type { Lifetime } from './lifetime.js';

/** A lifetime as two arguments of a script: a kind, and its milliseconds. */
export function lifetimeArgs(lifetime: Lifetime): [kind: string, ms: number] {
  if (typeof lifetime === 'string') return [lifetime, 0];
  return 'forMs' in lifetime
    ? ['for', redisTtl(lifetime.forMs)]
    : ['until', redisTime(lifetime.until)];
}

/** A lifetime as options of SET. */
export function lifetimeOptions(lifetime: Lifetime): (string | number)[] {
  if (lifetime === 'never') return [];
  if (lifetime === 'keep') return ['KEEPTTL'];
  const [kind, ms] = lifetimeArgs(lifetime);
  return [kind === 'for' ? 'PX' : 'PXAT', ms];
}

/**
 * Redis keeps a key until the clock is past its time, the store until the clock shows it: one millisecond less.
 * (`keyIsExpired` in its db.c compares with `>`. Its sweep, in expire.c, compares with `>=` since 7.4, and may remove a key that
 * millisecond early, which is better than returning it after its end.) `PX 0` is not allowed, so the shortest lifetime stays 1.
 */
function redisTtl(forMs: number): number {
  return Math.max(forMs - 1, 1);
}

/** Like `redisTtl`, for a time since the epoch. For an entry that has ended, any time in the past will do except 0. */
function redisTime(until: number): number {
  return Math.max(until - 1, 1);
}

/** Defines `write(key, text, kind, ms)`. */
export const LUA_LIFETIME = `local function write(key, text, kind, ms)
  if kind == 'for' then redis.call('SET', key, text, 'PX', ms)
  elseif kind == 'until' then redis.call('SET', key, text, 'PXAT', ms)
  elseif kind == 'keep' then redis.call('SET', key, text, 'KEEPTTL')
  else redis.call('SET', key, text) end
end`;
