// What the store keeps of a schedule: a line of numbers, and what it is.

export interface ScheduleRecord {
  /** The first due time that was not dealt with; 0 for none. Milliseconds since the epoch, as all times here. */
  readonly next: number;
  /** The due time of the last run; 0 for none. */
  readonly last: number;
  /** Due times since then at which there was no run. */
  readonly missed: number;
  /** 1 or 0. */
  readonly paused: number;
  /** When a process said last that it has this schedule. */
  readonly seen: number;
  readonly spec: string;
}

export const NUMBERS = ['next', 'last', 'missed', 'paused', 'seen'] as const;

export function formatRecord(record: ScheduleRecord): string {
  return `${NUMBERS.map((name) => record[name]).join(' ')}\n${record.spec}`;
}

/** @throws Error where it is no text of a record. */
export function parseRecord(text: string): ScheduleRecord {
  const end = text.indexOf('\n');
  const numbers = text.slice(0, Math.max(end, 0)).split(' ').map(Number);
  if (numbers.length !== NUMBERS.length) throw new Error('The text is not one of a schedule');
  const entries = NUMBERS.map((name, at) => [name, numbers[at]]);
  return { ...Object.fromEntries(entries), spec: text.slice(end + 1) } as ScheduleRecord;
}
