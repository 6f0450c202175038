// What is left where jobs have their records, and is in no index: other programs wrote it, or dropped an index.
import { count, isNumber, type Procedure } from '@muster/store/procedures';
import { LUA_QUEUE } from '../state/lua-queue.js';
import { KEYS } from '../state/meta.js';
import { QueueState } from '../state/queue-state.js';
import { memberOf } from '../state/record.js';

/** Drops those of these ids that no index has, and outputs their number; and what is noted of ends, and of ids that stay taken. */
export const dropStrays: Procedure<readonly string[], number> = {
  name: 'queue-drop-strays',
  access: 'write',
  lua: `${LUA_QUEUE}
local dropped = 0
for _, id in ipairs(ARGV) do
  redis.call('DEL', base .. '${KEYS.dedupe}' .. id, base .. '${KEYS.ended}' .. id)
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
    for (const id of ids) {
      transaction.delete(base + KEYS.dedupe + id);
      transaction.delete(base + KEYS.ended + id);
    }
    let dropped = 0;
    for (const id of strays) {
      if (transaction.delete(base + KEYS.job + id)) dropped++;
      transaction.delete(base + KEYS.dependents + id);
    }
    queue.recount();
    queue.finish();
    return dropped;
  },
};
