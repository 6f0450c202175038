// A job as it is stored, as text: a line of numbers and words, its progress, its outcome, and its data.
import { CorruptValueError } from '@muster/codec/errors';

/** `w`aiting, `d`elayed, `b`locked by others, `l`eased to a worker, `c`ompleted, `f`ailed for good. */
export type State = 'w' | 'd' | 'b' | 'l' | 'c' | 'f';

export const STATES: readonly State[] = ['w', 'd', 'b', 'l', 'c', 'f'];

export interface JobRecord {
  readonly id: string;
  state: State;
  readonly priority: number;
  /** Its place by arrival. */
  readonly seq: number;
  /** Milliseconds since the epoch, as all times here. */
  readonly added: number;
  /** The time from which it may run. */
  due: number;
  /** `d`: when it is due; `l`: when its lease ends; `c` and `f`: when it ended; else 0. */
  at: number;
  attempts: number;
  readonly maxAttempts: number;
  /** The fencing token of its last lease. */
  token: number;
  /** The holder of that lease, without whitespace. */
  owner: string;
  /** The size of its data. */
  readonly bytes: number;
  readonly dedupeMs: number;
  /** The number of jobs that have to be done before. */
  waits: number;
  /** The number of jobs that wait for it; an entry of its own lists them. */
  dependents: number;
  /** 1 if somebody waits for its end, else 0. */
  awaited: number;
  /** Codec text without a line break; empty for none. */
  progress: string;
  /** Codec text of its result, or of the error of its last attempt. */
  outcome: string;
  readonly data: string;
}

/** The words of the first line, in their order. */
export const FIELDS = [
  'state',
  'priority',
  'seq',
  'added',
  'due',
  'at',
  'attempts',
  'maxAttempts',
  'token',
  'owner',
  'bytes',
  'dedupeMs',
  'waits',
  'dependents',
  'awaited',
] as const;

const NOBODY = '-';

export function formatJob(job: JobRecord): string {
  const { state, priority, seq, added, due, at, attempts, maxAttempts } = job;
  const { token, owner, bytes, dedupeMs, waits, dependents, awaited } = job;
  return (
    `${state} ${priority} ${seq} ${added} ${due} ${at} ${attempts} ${maxAttempts} ` +
    `${token} ${owner} ${bytes} ${dedupeMs} ${waits} ${dependents} ${awaited}\n` +
    `${job.progress}\n${job.outcome}\n${job.data}`
  );
}

/** @returns `undefined` if it is not the text of a job. */
export function readJob(id: string, text: string): JobRecord | undefined {
  const head = text.indexOf('\n');
  const progress = text.indexOf('\n', head + 1);
  const outcome = text.indexOf('\n', progress + 1);
  const words = text.slice(0, Math.max(head, 0)).split(' ');
  if (words.length !== FIELDS.length || outcome <= progress || progress <= head) return undefined;
  // One literal, since a spread takes longer than the rest of a step.
  const job = {
    id,
    state: words[0] as State,
    priority: Number(words[1]),
    seq: Number(words[2]),
    added: Number(words[3]),
    due: Number(words[4]),
    at: Number(words[5]),
    attempts: Number(words[6]),
    maxAttempts: Number(words[7]),
    token: Number(words[8]),
    owner: words[9] ?? '',
    bytes: Number(words[10]),
    dedupeMs: Number(words[11]),
    waits: Number(words[12]),
    dependents: Number(words[13]),
    awaited: Number(words[14]),
    progress: text.slice(head + 1, progress),
    outcome: text.slice(progress + 1, outcome),
    data: text.slice(outcome + 1),
  };
  return STATES.includes(job.state) && areNumbers(job) ? job : undefined;
}

/** Also whether they fit into the members of indexes, and into commands. */
function areNumbers(job: JobRecord): boolean {
  const { priority, seq, added, due, at, attempts, maxAttempts } = job;
  const { token, bytes, dedupeMs, waits, dependents, awaited } = job;
  if (!(Math.abs(priority) <= PRIORITY_MOST && seq >= 0 && seq <= SEQ_MOST)) return false;
  if (!(due >= 0 && due <= STAMP_MOST && at >= 0 && at <= STAMP_MOST)) return false;
  const counts = attempts + maxAttempts + token + bytes + waits + dependents + awaited;
  const sum = added + dedupeMs + counts;
  const least = Math.min(attempts, maxAttempts, token, bytes, waits, dependents, awaited);
  return Number.isInteger(sum) && sum < SUM_MOST && Math.min(least, added, dedupeMs) >= 0;
}

/** @throws CorruptValueError if it is not the text of a job. */
export function parseJob(id: string, text: string): JobRecord {
  const job = readJob(id, text);
  if (job) return job;
  throw new CorruptValueError(
    `the record of the job ${JSON.stringify(id)} is not one that a queue wrote; remove() drops it`,
  );
}

type Given =
  | 'id'
  | 'priority'
  | 'seq'
  | 'added'
  | 'due'
  | 'maxAttempts'
  | 'bytes'
  | 'dedupeMs'
  | 'data';

/** A job that never ran, and is in no index yet. */
export function freshJob({
  id,
  priority,
  seq,
  added,
  due,
  maxAttempts,
  bytes,
  dedupeMs,
  data,
}: Pick<JobRecord, Given>): JobRecord {
  return {
    id,
    state: 'w',
    priority,
    seq,
    added,
    due,
    at: 0,
    attempts: 0,
    maxAttempts,
    token: 0,
    owner: NOBODY,
    bytes,
    dedupeMs,
    waits: 0,
    dependents: 0,
    awaited: 0,
    progress: '',
    outcome: '',
    data,
  };
}

export const PRIORITY_MOST = 1_000_000;
export const PRIORITY_DIGITS = 7;
export const STAMP_DIGITS = 13;
export const SEQ_DIGITS = 14;
export const STAMP_MOST = 10 ** STAMP_DIGITS - 1;
export const SEQ_MOST = 10 ** SEQ_DIGITS - 1;
/** The longest delay: a time that is further away does not fit into a stamp. */
export const LONGEST_MS = 6e12;
/** More than all numbers of a record together. */
export const SUM_MOST = 1e17;
/** Where the id begins in a member of the index of waiting jobs, and in one of any other index. */
const WAITING_ID_AT = PRIORITY_DIGITS + STAMP_DIGITS + SEQ_DIGITS;
export const ID_AT = STAMP_DIGITS + SEQ_DIGITS;
export const ID_BYTES = 256;
/** No member of an index but that of waiting jobs is longer. */
export const MEMBER_BYTES = ID_AT + ID_BYTES;

export function stamp(ms: number): string {
  return String(ms).padStart(STAMP_DIGITS, '0');
}

/** The member of a job in the index of its state. Members sort by their bytes in the order of the jobs. */
export function memberOf(job: JobRecord): string {
  const seq = String(job.seq).padStart(SEQ_DIGITS, '0');
  if (job.state !== 'w') return stamp(job.at) + seq + job.id;
  const priority = String(PRIORITY_MOST - job.priority).padStart(PRIORITY_DIGITS, '0');
  return priority + stamp(job.due) + seq + job.id;
}

export function idIn(state: State, member: string): string {
  return member.slice(state === 'w' ? WAITING_ID_AT : ID_AT);
}

const MEMBER = new RegExp(`^\\d{${ID_AT}}`);

/** Whether a text could be a member of an index but that of waiting jobs. */
export function isMember(text: string): boolean {
  return MEMBER.test(text);
}

/** In any index but that of waiting jobs. */
export function seqIn(member: string): number {
  return Number(member.slice(STAMP_DIGITS, ID_AT));
}

/** The stamp of a member, in any index but that of waiting jobs; 0 for a member that no queue wrote. */
export function stampIn(member: string): number {
  const stamp = member.slice(0, STAMP_DIGITS);
  return DIGITS.test(stamp) ? Number(stamp) : 0;
}

const DIGITS = new RegExp(`^\\d{${STAMP_DIGITS}}$`);
