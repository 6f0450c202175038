// What is left where jobs have their records, and is in no index: other programs wrote it, or dropped an index.
import { count, isNumber, type Procedure } from '@muster/store/procedures';
import { LUA_QUEUE } from './lua-queue.js';
import { KEYS } from './meta.js';
import { QueueState } from './queue-state.js';
import { memberOf } from './record.js';

/** Drops those of these ids that no index has, and outputs their number. */
export const dropStrays: Procedure<readonly string[], number> = {
  name: 'queue-drop-strays',
  access: 'write',
  lua: `${LUA_QUEUE}
local dropped = 0
for _, id in ipairs(ARGV) do
  local job = load(id)
  if not job or not try('ZSCORE', base .. ':' .. job.state, member(job)) then
    dropped = dropped + redis.call('DEL', base .. '${KEYS.job}' .. id)
    redis.call('DEL', base .. '${KEYS.dependents}' .. id)
  end
end
recount()
finish(0)
return dropped`,
  args: (ids) => [...ids],
  reply: (raw) => count(raw),
  isOutput: isNumber,
  embedded(transaction, [base = ''], ids) {
    const queue = new QueueState(transaction, base);
    const strays = ids.filter((id) => {
      const job = queue.load(id);
      return !job || !transaction.has(`${base}:${job.state}${memberOf(job)}`);
    });
    for (const id of strays) {
      transaction.delete(base + KEYS.job + id);
      transaction.delete(base + KEYS.dependents + id);
    }
    queue.recount();
    queue.finish();
    return strays.length;
  },
};
