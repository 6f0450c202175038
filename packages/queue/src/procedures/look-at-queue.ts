// The numbers of a queue, and how long its oldest job has waited.
import {
  count,
  integer,
  isNumber,
  list,
  type Procedure,
  recordOf,
  tuple,
} from '@muster/store/procedures';
import type { QueueCounts } from '../queue.js';
import { LUA_QUEUE } from '../state/lua-queue.js';
import { type Meta, NUMBERS } from '../state/meta.js';
import { QueueState } from '../state/queue-state.js';
import { PRIORITY_DIGITS, STAMP_DIGITS } from '../state/record.js';

interface Look {
  readonly meta: Meta;
  /** How long the oldest of the waiting jobs could have started, in milliseconds; 0 for none. */
  readonly oldestMs: number;
}

/** The first member of each priority is the oldest. Jobs of more priorities are not looked at. */
const PRIORITIES = 100;

export const lookAtQueue: Procedure<undefined, Look> = {
  name: 'queue-look',
  access: 'read',
  lua: `${LUA_QUEUE}
local oldest, from = now, '-'
for _ = 1, meta.w > 0 and ${PRIORITIES} or 0 do
  local text = try('ZRANGEBYLEX', base .. ':w', from, '+', 'LIMIT', 0, 1)[1]
  if not text then break end
  oldest = math.min(oldest, tonumber(string.sub(text, ${PRIORITY_DIGITS + 1}, ${PRIORITY_DIGITS + STAMP_DIGITS})) or now)
  from = '[' .. string.sub(text, 1, ${PRIORITY_DIGITS}) .. ':'
end
return { { ${NUMBERS.map((name) => `meta.${name}`).join(', ')} }, now - oldest }`,
  args: () => [],
  reply(raw) {
    const [numbers, oldestMs] = tuple(raw, 2);
    const all = list(numbers, integer, NUMBERS.length);
    const meta = Object.fromEntries(NUMBERS.map((name, at) => [name, all[at]])) as Meta;
    return { meta, oldestMs: count(oldestMs) };
  },
  isOutput: recordOf({ oldestMs: isNumber }),
  embedded(transaction, [base = '']) {
    const queue = new QueueState(transaction, base);
    let oldest = queue.now;
    let from = '';
    for (let tries = queue.meta.w > 0 ? PRIORITIES : 0; tries > 0; tries--) {
      const member = queue.memberFrom('w', from);
      if (member === undefined) break;
      const due = Number(member.slice(PRIORITY_DIGITS, PRIORITY_DIGITS + STAMP_DIGITS));
      oldest = Math.min(oldest, due || queue.now);
      // Behind all members of this priority, as `:` comes after the digits.
      from = `${member.slice(0, PRIORITY_DIGITS)}:`;
    }
    return { meta: queue.meta, oldestMs: queue.now - oldest };
  },
};

export function countsOf({ meta, oldestMs }: Look): QueueCounts {
  return {
    waiting: meta.w,
    delayed: meta.d,
    blocked: meta.b,
    running: meta.l,
    done: meta.c,
    failed: meta.f,
    bytes: meta.bytes,
    oldestMs,
    isPaused: meta.paused === 1,
  };
}
