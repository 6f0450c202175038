// A line of the primary's log as an event: only fields that pages know, within bounds.
import { MusterError } from '@muster/codec/errors';
import type { LogLine } from '../../extension.js';
import type { ConsoleEvent, StackFrame } from '../protocol.js';
import type { NewEvent } from './event-log.js';

const MAX_FRAMES = 50;
const MAX_CHARACTERS = 500;

/** Those of which cluster-events.ts tells more. */
const TOLD_ELSEWHERE = new Set(['worker.ready', 'worker.exit']);

/** `undefined` for a line that is told otherwise. */
export function eventOfLine({ level, event, message, fields = {} }: LogLine): NewEvent | undefined {
  if (TOLD_ELSEWHERE.has(event)) return undefined;
  const { error, stack } = fields;
  return {
    level,
    type: event,
    text: message,
    ...numbers(fields, ['slot', 'generation', 'from', 'to']),
    ...texts(fields, ['role', 'reason']),
    ...(error instanceof MusterError && { code: error.code }),
    ...(Array.isArray(stack) && {
      stack: (stack as (StackFrame | null)[]).slice(0, MAX_FRAMES).map(frame),
    }),
  };
}

function numbers(
  fields: Readonly<Record<string, unknown>>,
  names: readonly (keyof ConsoleEvent)[],
) {
  return Object.fromEntries(
    names.filter((name) => Number.isFinite(fields[name])).map((name) => [name, fields[name]]),
  );
}

function texts(fields: Readonly<Record<string, unknown>>, names: readonly (keyof ConsoleEvent)[]) {
  const given = names.map((name) => [name, fields[name]] as const);
  return Object.fromEntries(
    given.flatMap(([name, text]) =>
      typeof text === 'string' ? [[name, text.slice(0, MAX_CHARACTERS)]] : [],
    ),
  );
}

/** A hung worker has sent it, so it may be anything. */
function frame(given: Partial<StackFrame> | null): StackFrame {
  const { name, file, line, column } = given ?? {};
  const text = (one: unknown) => (typeof one === 'string' ? one.slice(0, MAX_CHARACTERS) : '');
  return { name: text(name), file: text(file), line: Number(line), column: Number(column) };
}
