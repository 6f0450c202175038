// The record of a schedule in the store: a line of numbers, and its declaration.

export interface ScheduleRecord {
  /**
   * The first due time that no process has handled; 0 for none. It is after `last`, unless `runSchedule()` has started its run.
   * Milliseconds since the epoch, like all times here.
   */
  readonly next: number;
  /** The due time of the last run; 0 for none. */
  readonly last: number;
  /** How many due times since then had no run. */
  readonly missed: number;
  /** 1 or 0. */
  readonly paused: number;
  /** The time of the last report that a process has this schedule. */
  readonly seen: number;
  readonly spec: string;
}

/** Milliseconds between two reports to the store that a process has the schedule. */
export const SEEN_EVERY_MS = 60_000;
/** Milliseconds since the last report after which no process has it. */
export const ORPHANED_AFTER_MS = 3 * SEEN_EVERY_MS;

export const NUMBERS = ['next', 'last', 'missed', 'paused', 'seen'] as const;

export function formatRecord(record: ScheduleRecord): string {
  return `${NUMBERS.map((name) => record[name]).join(' ')}\n${record.spec}`;
}

/** @throws Error if it is not the text of a record. */
export function parseRecord(text: string): ScheduleRecord {
  const end = text.indexOf('\n');
  const numbers = text.slice(0, Math.max(end, 0)).split(' ').map(Number);
  const isWhole = numbers.length === NUMBERS.length && numbers.every((it) => it >= 0);
  if (!isWhole || text[end + 1] !== '{') throw new Error('The text is not one of a schedule');
  const entries = NUMBERS.map((name, at) => [name, numbers[at]]);
  return { ...Object.fromEntries(entries), spec: text.slice(end + 1) } as ScheduleRecord;
}
