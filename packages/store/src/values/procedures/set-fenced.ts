// Writes one entry if a lease is still held.
import type { Condition, Procedure } from '../../engine.js';
import type { Lifetime } from '../../entries/lifetime.js';
import { LUA_LIFETIME, lifetimeArgs } from '../../entries/lua-lifetime.js';
import { parseLeases } from '../../locks/procedures/lease-state.js';
import { LUA_LEASES } from '../../locks/procedures/lua-leases.js';
import { either, isFlag, only } from '../../procedures/outputs.js';
import { flag } from '../../procedures/reply.js';
import { setEntry } from './set-entry.js';

interface Input {
  readonly text: string;
  readonly lifetime: Lifetime;
  readonly condition: Condition;
  /** The id of the lease. */
  readonly id: string;
}

const FENCED = 'fenced';

/**
 * Like `setEntry`, or `'fenced'` if the lease has ended.
 *
 * KEYS: the entry; the lease. ARGV: the text; the condition; the lifetime; the id of the lease. Returns 1, 0 or 'fenced'.
 */
export const setFenced: Procedure<Input, boolean | typeof FENCED> = {
  name: 'set-fenced',
  access: 'write',
  lua: `${LUA_LEASES}
${LUA_LIFETIME}
local state = parse(redis.call('GET', KEYS[2]), now())
local held = false
for _, holder in ipairs(state.holders) do held = held or holder.id == ARGV[5] end
if not held then return '${FENCED}' end
if ARGV[2] ~= 'always' and redis.call('EXISTS', KEYS[1]) ~= (ARGV[2] == 'present' and 1 or 0) then return 0 end
write(KEYS[1], ARGV[1], ARGV[3], ARGV[4])
return 1`,
  args: ({ text, lifetime, condition, id }) => [text, condition, ...lifetimeArgs(lifetime), id],
  characters: ({ text }) => text.length,
  reply: (raw) => (raw === FENCED ? FENCED : flag(raw)),
  isOutput: either(isFlag, only(FENCED)),
  embedded(transaction, [key = '', lease = ''], input) {
    const { holders } = parseLeases(transaction.get(lease), transaction.now);
    if (!holders.some(({ id }) => id === input.id)) return FENCED;
    return setEntry.embedded(transaction, [key], input);
  },
};
