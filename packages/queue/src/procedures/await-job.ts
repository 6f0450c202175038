// What somebody who waits for the end of a job is told, and that somebody waits is kept with the job.
import { isText, type Procedure, text } from '@muster/store/procedures';
import { LUA_QUEUE } from '../state/lua-queue.js';
import { KEYS } from '../state/meta.js';
import { QueueState } from '../state/queue-state.js';
import { formatJob } from '../state/record.js';
import { textAt } from '../state/text-at.js';
import { LOST } from '../state/unreadable.js';

/** Outputs the record of the job with this id; if there is none, that of its end; if it is not known either, an empty text. */
export const awaitJob: Procedure<string, string> = {
  name: 'queue-await',
  access: 'write',
  lua: `${LUA_QUEUE}
local job, isUnreadable = load(ARGV[1])
if isUnreadable then return '${LOST}' end
if not job then return try('GET', base .. '${KEYS.ended}' .. ARGV[1]) or '' end
if job.awaited == 0 and job.state ~= 'c' and job.state ~= 'f' then
  job.awaited = 1
  save(job)
end
return job.text`,
  args: (id) => [id],
  reply: (raw) => text(raw),
  isOutput: isText,
  embedded(transaction, [base = ''], id) {
    const queue = new QueueState(transaction, base);
    const job = queue.load(id);
    if (!job) {
      const isThere = transaction.has(base + KEYS.job + id);
      return isThere ? LOST : (textAt(transaction, base + KEYS.ended + id) ?? '');
    }
    if (job.awaited === 0 && job.state !== 'c' && job.state !== 'f') {
      job.awaited = 1;
      queue.save(job);
    }
    return formatJob(job);
  },
};
