// Reads a queue, without a change that anybody would notice.
import {
  count,
  flag,
  isFlag,
  isNumber,
  isText,
  list,
  listOf,
  type Procedure,
  recordOf,
  text,
  tuple,
} from '@muster/store/procedures';
import { LUA_QUEUE } from '../state/lua-queue.js';
import { KEYS } from '../state/meta.js';
import { QueueState } from '../state/queue-state.js';
import { idIn, type JobRecord, readJob, type State } from '../state/record.js';
import { LOST, unreadableJob } from '../state/unreadable.js';

interface Page {
  readonly state: State;
  readonly start: number;
  readonly limit: number;
}

/**
 * The jobs of a state in the order of its index, from place `start` on. One whose record cannot be read has that as its error, and
 * one that has left the state is not there.
 */
export const listJobs: Procedure<Page, JobRecord[]> = {
  name: 'queue-list',
  access: 'read',
  lua: `${LUA_QUEUE}
local start, found = tonumber(ARGV[2]), {}
for _, text in ipairs(try('ZRANGE', base .. ':' .. ARGV[1], start, start + ARGV[3] - 1)) do
  local id = idIn(ARGV[1], text)
  local job, isUnreadable = load(id)
  if isUnreadable or (job and job.state == ARGV[1]) then
    found[#found + 1] = id
    found[#found + 1] = job and job.text or '${LOST}'
  end
end
return found`,
  args: ({ state, start, limit }) => [state, start, limit],
  reply(raw, { state }) {
    const flat = list(raw, text);
    return Array.from({ length: flat.length / 2 }, (_, at) => {
      const id = flat[2 * at] ?? '';
      return readJob(id, flat[2 * at + 1] ?? '') ?? { ...unreadableJob(id, 0, 0), state };
    });
  },
  isOutput: listOf(recordOf({ id: isText, data: isText })),
  embedded(transaction, [base = ''], { state, start, limit }) {
    const queue = new QueueState(transaction, base);
    const members = queue.firstOf(state, start + limit).slice(start);
    return members.flatMap((member): JobRecord[] => {
      const id = idIn(state, member);
      const job = queue.load(id);
      if (job) return job.state === state ? [job] : [];
      const isThere = transaction.has(base + KEYS.job + id);
      return isThere ? [{ ...unreadableJob(id, 0, 0), state }] : [];
    });
  },
};

interface Heard {
  /** The number of the last event that the caller knows; -1 for none, which outputs no event. */
  readonly after: number;
  /** How long events are written from now on, at least. */
  readonly forMs: number;
  readonly limit: number;
}

interface HeardEvents {
  /** The number of the last event. */
  readonly last: number;
  /** As `tell` of the state writes them. */
  readonly events: string[];
  /** Whether all events until now were written; if not, nobody has listened for a while. */
  readonly isWhole: boolean;
}

export const hearEvents: Procedure<Heard, HeardEvents> = {
  name: 'queue-hear',
  access: 'write',
  lua: `${LUA_QUEUE}
local after, isWhole = tonumber(ARGV[1]), meta.heard > now
meta.heard = math.max(meta.heard, now + ARGV[2])
local events = after < 0 and {} or try('ZRANGEBYLEX', base .. ':e', '[' .. string.format('%014.0f', after + 1), '+', 'LIMIT', 0, ARGV[3])
finish(0)
return { meta.events, events, isWhole and 1 or 0 }`,
  args: ({ after, forMs, limit }) => [after, forMs, limit],
  reply(raw) {
    const [last, events, isWhole] = tuple(raw, 3);
    return { last: count(last), events: list(events, text), isWhole: flag(isWhole) };
  },
  isOutput: recordOf({ last: isNumber, events: listOf(isText), isWhole: isFlag }),
  embedded(transaction, [base = ''], { after, forMs, limit }) {
    const queue = new QueueState(transaction, base);
    const isWhole = queue.meta.heard > queue.now;
    queue.meta.heard = Math.max(queue.meta.heard, queue.now + forMs);
    const events = after < 0 ? [] : queue.eventsAfter(after, limit);
    queue.finish();
    return { last: queue.meta.events, events, isWhole };
  },
};
