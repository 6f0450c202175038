// How a tracer gets between the packages of Muster and their users: one channel of node:diagnostics_channel, on which each traced
// operation asks to be run. Without a subscriber an operation pays for reading a flag.

import { channel } from 'node:diagnostics_channel';

/**
 * A message of the channel `muster:trace`. A subscriber may replace `run`; its own has to call the one that it found once, in
 * the same step, and to return or throw what that does.
 */
export interface TracedOperation {
  /** `request`, `gather`, `broadcast` and `add` send; `handle`, `listen` and `work` receive. */
  readonly operation: 'request' | 'gather' | 'broadcast' | 'add' | 'handle' | 'listen' | 'work';
  /** The topic, the call, or the name of the queue. */
  readonly name: string;
  /** What the sender gave to `run`. It may come from another process, and is at most `MAX_NOTE` characters long. */
  readonly received: string | undefined;
  /** @param note for the receiver, of at most `MAX_NOTE` printable ASCII characters; any other is not sent. */
  run: (note?: string) => unknown;
}

/** In characters: a traceparent has 55. */
export const MAX_NOTE = 64;

const operations = channel('muster:trace');
const NOTE = new RegExp(`^[!-~]{1,${MAX_NOTE}}$`);

/** Of the operation that sends in this step. */
let current: string | undefined;

export function isTraced(): boolean {
  return operations.hasSubscribers;
}

/** Runs what sends; `noteToSend()` says within the same step what goes with it. */
export function traceSending<Result>(
  operation: TracedOperation['operation'],
  name: string,
  send: () => Result,
): Result {
  // A name that is none is refused by what it was given to.
  if (!isTraced() || typeof name !== 'string') return send();
  return run(operation, name, undefined, (note) => {
    const before = current;
    current = isNote(note) ? note : undefined;
    try {
      return send();
    } finally {
      current = before;
    }
  });
}

/** Runs what receives. */
export function traceReceiving<Result>(
  operation: TracedOperation['operation'],
  name: string,
  received: string | undefined,
  receive: () => Result,
): Result {
  return run(operation, name, received, receive);
}

export function noteToSend(): string | undefined {
  return current;
}

/** Also of what came from another process. */
export function isNote(value: unknown): value is string {
  return typeof value === 'string' && NOTE.test(value);
}

function run<Result>(
  operation: TracedOperation['operation'],
  name: string,
  received: string | undefined,
  first: (note?: string) => Result,
): Result {
  const traced: TracedOperation = { operation, name, received, run: first };
  operations.publish(traced);
  return traced.run() as Result;
}
