// The note of a tracer in the stored data of a job: a line before it. It begins with `@`, as no text of the codec does.
import { isNote, MAX_NOTE } from '@muster/codec/tracing';

const MARK = '@';

export function noted(data: string, note: string | undefined): string {
  return note === undefined ? data : `${MARK}${note}\n${data}`;
}

export function noteOf(data: string): string | undefined {
  if (!data.startsWith(MARK)) return undefined;
  const end = endOf(data);
  const note = data.slice(MARK.length, Math.max(end, 0));
  return isNote(note) ? note : undefined;
}

/** The data without its note, if it has one. */
export function withoutNote(data: string): string {
  return noteOf(data) === undefined ? data : data.slice(endOf(data) + 1);
}

/** Where its first line ends, if that is no longer than a note may be; else -1. */
function endOf(data: string): number {
  return data.slice(0, MAX_NOTE + 2).indexOf('\n');
}
