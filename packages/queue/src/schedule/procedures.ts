// How processes declare a schedule, and how one of them handles a due time.
import {
  flag,
  isFlag,
  isNumber,
  type Procedure,
  recordOf,
  type Transaction,
  text,
  tuple,
} from '@muster/store/procedures';
import { jobArgs } from '../procedures/add-jobs.js';
import { addAll } from '../state/add-all.js';
import { LUA_ADD } from '../state/lua-add.js';
import { LUA_QUEUE } from '../state/lua-queue.js';
import type { NewJob } from '../state/new-job.js';
import { QueueState } from '../state/queue-state.js';
import { textAt } from '../state/text-at.js';
import {
  formatRecord,
  NUMBERS,
  ORPHANED_AFTER_MS,
  parseRecord,
  type ScheduleRecord,
} from './record.js';

/** The part of the store that has the schedules. */
export const KIND = 'schedule';
/** Behind the first key of its queue. */
export const RECORD = ':s';
/** Behind it, too: how often a run is tried, for runs that a process without the schedule adds. */
export const ATTEMPTS = ':sa';

const names = NUMBERS.map((name) => `'${name}'`).join(', ');
export const LUA_RECORD = `${LUA_QUEUE}${LUA_ADD}
local RECORD = { ${names} }
local function read()
  local text = try('GET', base .. '${RECORD}')
  local head, spec = string.match(text or '', '^(${NUMBERS.map(() => '%d+').join(' ')})\\n({.*})$')
  if not head then return nil end
  local record, at = { spec = spec }, 1
  for number in string.gmatch(head, '%S+') do record[RECORD[at]] = tonumber(number); at = at + 1 end
  return record
end
local function write(record)
  local words = {}
  for at, name in ipairs(RECORD) do words[at] = string.format('%.0f', record[name]) end
  local text = table.concat(words, ' ') .. '\\n' .. record.spec
  redis.call('SET', base .. '${RECORD}', text)
  return text
end
`;

interface Declaration {
  readonly spec: string;
  /** The next due time if the schedule is new or has changed. 0 for none. */
  readonly next: number;
  /** Whether it replaces another declaration. If not, it only reports that a process has the schedule, unless no process has the other one any more. */
  readonly isFirst: boolean;
  /** The time from which `next` was found. 0 if it was the clock that decides. */
  readonly from: number;
  /** How often a run is tried. */
  readonly attempts: number;
}

interface Declared {
  /** The time on the clock that decides. */
  readonly now: number;
  /** `undefined`: nothing was declared, since `from` is wrong, or `next` is not after `last`. */
  readonly record: ScheduleRecord | undefined;
  /** The due time of the last run; 0 for none. */
  readonly last: number;
}

/** How far `from` may be from the clock that decides. */
const SLACK_MS = 1_000;

/** Reports that a process has this schedule. */
export const declareSchedule: Procedure<Declaration, Declared> = {
  name: 'schedule-declare',
  access: 'write',
  lua: `${LUA_RECORD}
local record = read() or { last = 0, missed = 0, paused = 0 }
if record.spec ~= ARGV[1] then
  local from = tonumber(ARGV[4])
  local next = tonumber(ARGV[2])
  if record.spec and ARGV[3] == '0' and now - record.seen <= ${ORPHANED_AFTER_MS} then
    return { now, redis.call('GET', base .. '${RECORD}'), record.last }
  end
  local isWrong = from > 0 and math.abs(now - from) > ${SLACK_MS}
  if isWrong or (next > 0 and next <= record.last) then return { now, '', record.last } end
  record.spec, record.next = ARGV[1], next
end
record.seen = now
redis.call('SET', base .. '${ATTEMPTS}', ARGV[5])
return { now, write(record), record.last }`,
  args: ({ spec, next, isFirst, from, attempts }) => [
    ...[spec, next, isFirst ? 1 : 0, from],
    attempts,
  ],
  reply(raw) {
    const [now, record, last] = tuple(raw, 3);
    return { now: Number(now), record: readRecord(text(record)), last: Number(last) };
  },
  isOutput: recordOf({ now: isNumber, last: isNumber }),
  embedded(transaction, [base = ''], { spec, next, isFirst, from, attempts }) {
    const now = Math.floor(transaction.wall);
    const before = recordAt(transaction, base);
    const isSame = before?.spec === spec;
    const last = before?.last ?? 0;
    const isOthers = before && !isSame && !isFirst && now - before.seen <= ORPHANED_AFTER_MS;
    if (isOthers) return { now, record: before, last };
    const isWrong = from > 0 && Math.abs(now - from) > SLACK_MS;
    const isOver = next > 0 && next <= last;
    if (!isSame && (isWrong || isOver)) return { now, record: undefined, last };
    const record = {
      ...(before ?? { last: 0, missed: 0, paused: 0 }),
      ...{ spec, next: isSame ? before.next : next, seen: now },
    };
    transaction.put(base + RECORD, formatRecord(record), 'never');
    transaction.put(base + ATTEMPTS, String(attempts), 'never');
    return { now, record, last };
  },
};

interface FireInput {
  readonly spec: string;
  /** The due time in the record. */
  readonly due: number;
  /** The last due time up to now, by the clock of the process, which may be wrong. */
  readonly latest: number;
  /** 0 for none. */
  readonly next: number;
  /** How many due times are left out before the one that runs. */
  readonly missed: number;
  /** The due time that runs, and its job; `undefined` if it is too late. */
  readonly run: { readonly due: number; readonly job: NewJob } | undefined;
  readonly overlap: boolean;
}

interface Fired {
  /** Whether this call handled the due time. */
  readonly isFirst: boolean;
  /** The time on the clock that decides. */
  readonly now: number;
  readonly record: ScheduleRecord | undefined;
}

/** Handles a due time, if no process has, and the clock that decides shows that `latest` has come. */
export const fireSchedule: Procedure<FireInput, Fired> = {
  name: 'schedule-fire',
  access: 'write',
  lua: `${LUA_RECORD}
local record = read()
if not record then return { 0, now, '' } end
local due, run = tonumber(ARGV[2]), ARGV[5]
if record.spec ~= ARGV[1] or record.next ~= due or record.paused == 1 or now < tonumber(ARGV[7]) then
  return { 0, now, redis.call('GET', base .. '${RECORD}') }
end
-- schedule-run has started the run of the due time in the record, or even the one that is due now.
local isFirstTaken = record.last >= due
local isTaken = run ~= '' and tonumber(run) <= record.last
record.next = tonumber(ARGV[3])
record.missed = record.missed + tonumber(ARGV[4])
if isFirstTaken and not isTaken then record.missed = math.max(record.missed - 1, 0) end
local isBusy = ARGV[6] == '0' and meta.w + meta.d + meta.b + meta.l > 0
if isTaken then
  record.missed = 0
elseif run ~= '' and isBusy then
  record.missed = record.missed + 1
elseif run ~= '' then
  local texts = { ARGV[8], ARGV[9], ARGV[10] }
  texts[4] = '[' .. run .. ',' .. string.format('%.0f', record.missed) .. ']'
  record.last, record.missed = tonumber(run), 0
  addAll(texts, 1, 1, math.huge, math.huge)
end
local text = write(record)
finish(0)
return { 1, now, text }`,
  args: ({ spec, due, latest, next, missed, run, overlap }) => [
    ...[spec, due, next, missed, run?.due ?? '', overlap ? 1 : 0, latest],
    ...(run ? jobArgs(run.job) : []),
  ],
  reply(raw) {
    const [isFirst, now, record] = tuple(raw, 3);
    return { isFirst: flag(isFirst), now: Number(now), record: readRecord(text(record)) };
  },
  isOutput: recordOf({ isFirst: isFlag }),
  embedded(transaction, [base = ''], { spec, due, latest, next, missed, run, overlap }) {
    const now = Math.floor(transaction.wall);
    const before = recordAt(transaction, base);
    const isIts = before?.spec === spec && before.next === due && before.paused === 0;
    if (!isIts || now < latest) return { isFirst: false, now, record: before };
    const queue = new QueueState(transaction, base);
    const { w, d, b, l } = queue.meta;
    const isBusy = !overlap && w + d + b + l > 0;
    // `schedule-run` has started the run of the due time in the record, or even the one that is due now.
    const isTaken = run !== undefined && run.due <= before.last;
    const isFirstTaken = before.last >= due && !isTaken;
    const left = isTaken ? 0 : Math.max(before.missed + missed - (isFirstTaken ? 1 : 0), 0);
    const isMissed = run && isBusy && !isTaken;
    let record: ScheduleRecord = { ...before, next, missed: left + (isMissed ? 1 : 0) };
    if (run && !isBusy && !isTaken) {
      record = { ...record, last: run.due, missed: 0 };
      const job = { ...run.job, data: `[${run.due},${left}]` };
      addAll(queue, [job], { maxJobs: Infinity, maxBytes: Infinity });
    }
    transaction.put(base + RECORD, formatRecord(record), 'never');
    queue.finish();
    return { isFirst: true, now, record };
  },
};

/** Pauses a schedule, or resumes it with this due time if that is after the last run. Outputs whether there is such a schedule. */
export const pauseSchedule: Procedure<
  { readonly isPaused: boolean; readonly next: number },
  boolean
> = {
  name: 'schedule-pause',
  access: 'write',
  lua: `${LUA_RECORD}
local record = read()
if not record then return 0 end
local isPaused, next = tonumber(ARGV[1]), tonumber(ARGV[2])
local isResumed = record.paused == 1 and isPaused == 0
if isResumed and (next == 0 or next > record.last) then record.next = next end
record.paused = isPaused
write(record)
return 1`,
  args: ({ isPaused, next }) => [isPaused ? 1 : 0, next],
  reply: flag,
  isOutput: isFlag,
  embedded(transaction, [base = ''], { isPaused, next }) {
    const before = recordAt(transaction, base);
    if (!before) return false;
    const isResumed = before.paused === 1 && !isPaused;
    const isNew = isResumed && (next === 0 || next > before.last);
    const record = { ...before, paused: isPaused ? 1 : 0, next: isNew ? next : before.next };
    transaction.put(base + RECORD, formatRecord(record), 'never');
    return true;
  },
};

/** A record that cannot be read is none: the next declaration writes it anew. */
export function recordAt(transaction: Transaction, base: string): ScheduleRecord | undefined {
  try {
    return readRecord(textAt(transaction, base + RECORD));
  } catch {
    return undefined;
  }
}

/** @throws Error if it is not the text of a record. */
export function readRecord(text: string | undefined): ScheduleRecord | undefined {
  return text === undefined || text === '' ? undefined : parseRecord(text);
}
