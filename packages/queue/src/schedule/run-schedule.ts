// runSchedule(): a run now, added by a process that does not have the schedule.
import type { SharedStore } from '@muster/store';
import { isText, type Procedure, recordOf, text, tuple } from '@muster/store/procedures';
import { checkText } from '../options/checks.js';
import { NAME_BYTES, textsIn } from '../options/queue-options.js';
import { baseOf } from '../queue-home.js';
import type { RunStart } from '../schedule.js';
import { addAll } from '../state/add-all.js';
import type { NewJob } from '../state/new-job.js';
import { QueueState } from '../state/queue-state.js';
import { idIn } from '../state/record.js';
import { textAt } from '../state/text-at.js';
import { jobOf } from './clock.js';
import { ATTEMPTS, KIND, LUA_RECORD, RECORD, recordAt } from './procedures.js';
import { formatRecord, ORPHANED_AFTER_MS } from './record.js';
import { manualId } from './run-of-job.js';

/** Of a schedule whose processes do not say how often a run is tried. */
const DEFAULT_ATTEMPTS = 3;

/**
 * Starts a run of a schedule now, also while the schedule is paused. The handler runs in a process that has the schedule. If a due
 * time has come that no process has handled, it is the run of that due time, which then has no other. If a run waits to start, or for
 * its next attempt, that one starts next, and no other is added. Nothing is added either if no process has had the schedule for
 * three minutes.
 *
 * @throws InvalidOptionError, StoreError
 */
export async function runSchedule(store: SharedStore, name: string): Promise<RunStart> {
  const texts = textsIn(store, KIND);
  const base = baseOf(checkText('The name of a schedule', name, NAME_BYTES));
  const { outcome, id } = await texts.run(startRun, [base], manualId());
  return { outcome, id: id === '' ? undefined : id };
}

interface Started {
  readonly outcome: RunStart['outcome'];
  /** Empty for none. */
  readonly id: string;
}

/** The input is the id of the run, if one is added. */
const startRun: Procedure<string, Started> = {
  name: 'schedule-run',
  access: 'write',
  lua: `${LUA_RECORD}
local record = read()
if not record then return { 'unknown', '' } end
if now - record.seen > ${ORPHANED_AFTER_MS} then return { 'orphaned', '' } end
local waiting = firstOf('w', 1)[1]
if waiting then return { 'waiting', idIn('w', waiting) } end
local delayed = firstOf('d', 1)[1]
local job = delayed and jobAt('d', delayed)
if job then
  job.due = now
  move(job, 'w', 0)
  finish(0)
  return { 'waiting', job.id }
end
local attempts = string.match(try('GET', base .. '${ATTEMPTS}') or '', '^[1-9]%d*$') or '${DEFAULT_ATTEMPTS}'
local function add(id, due, missed)
  local data = '[' .. string.format('%.0f', due) .. ',' .. string.format('%.0f', missed) .. ']'
  -- As \`jobArgs\` writes them.
  return addAll({ id, '0 0 ' .. attempts .. ' 0 0 0', '', data }, 1, 1, math.huge, math.huge)[1] == 1
end
local due, id = record.next, ARGV[1]
local isDue = record.paused == 0 and due > record.last and due <= now
if isDue and add(string.format('%.0f', due), due, record.missed) then
  id = string.format('%.0f', due)
  record.last, record.missed = due, 0
  write(record)
else
  add(id, now, 0)
end
finish(0)
return { 'added', id }`,
  args: (id) => [id],
  reply(raw) {
    const [outcome, id] = tuple(raw, 2);
    return { outcome: text(outcome) as Started['outcome'], id: text(id) };
  },
  isOutput: recordOf({ outcome: isText, id: isText }),
  embedded(transaction, [base = ''], id) {
    const now = Math.floor(transaction.wall);
    const record = recordAt(transaction, base);
    if (!record) return { outcome: 'unknown', id: '' };
    if (now - record.seen > ORPHANED_AFTER_MS) return { outcome: 'orphaned', id: '' };
    const queue = new QueueState(transaction, base);
    const [waiting] = queue.firstOf('w', 1);
    if (waiting !== undefined) return { outcome: 'waiting', id: idIn('w', waiting) };
    const [delayed] = queue.firstOf('d', 1);
    const retried = delayed === undefined ? undefined : queue.jobAt('d', delayed);
    if (retried) {
      retried.due = queue.now;
      queue.move(retried, 'w', 0);
      queue.finish();
      return { outcome: 'waiting', id: retried.id };
    }
    const attempts = /^[1-9]\d*$/.exec(textAt(transaction, base + ATTEMPTS) ?? '')?.[0];
    const maxAttempts = Number(attempts ?? DEFAULT_ATTEMPTS);
    const add = (job: NewJob, due: number, missed: number): boolean => {
      const run = { ...job, data: `[${due},${missed}]` };
      return addAll(queue, [run], { maxJobs: Infinity, maxBytes: Infinity })[0] === true;
    };
    const { next, last, missed, paused } = record;
    const isDue = paused === 0 && next > last && next <= now;
    const isOfDue = isDue && add(jobOf(next, maxAttempts), next, missed);
    if (isOfDue) {
      transaction.put(base + RECORD, formatRecord({ ...record, last: next, missed: 0 }), 'never');
    } else {
      add({ ...jobOf(now, maxAttempts), id }, now, 0);
    }
    queue.finish();
    return { outcome: 'added', id: isOfDue ? String(next) : id };
  },
};
