// The errors of @muster/testing. Of the options, all packages throw the same one.
import { MusterError } from '@muster/codec/errors';

export { InvalidOptionError } from '@muster/codec/errors';

const MESSAGE_LINES = 20;
const MESSAGE_CHARACTERS = 4_096;

/**
 * - `'ended'`: the program ended while somebody waited for it, or before a process of it could be signalled.
 * - `'late'`: what was waited for did not happen in time.
 * - `'no-cluster'`: no cluster answers in the program.
 * - `'no-worker'`: the slot has no process at the moment.
 * - `'no-address'`: it has no TCP address that is known.
 * - `'refused'`: the cluster answered a call with an error, which is the `cause`.
 * - `'not-started'`: the system could not start it; the `cause` is its error.
 */
export type ProgramFault =
  | ('ended' | 'late' | 'no-cluster' | 'no-worker')
  | ('no-address' | 'refused' | 'not-started');

/** A program under test did not do what the test waits for, or cannot be asked. */
export class TestProgramError extends MusterError {
  readonly code = 'MUSTER_TEST_PROGRAM';
  readonly reason: ProgramFault;
  /** What the program had printed by then, at most its last mebibyte. The message has its last 20 lines, at most 4,096 characters. */
  readonly output: string;

  constructor(reason: ProgramFault, what: string, output: string, options?: ErrorOptions) {
    const last = lastLines(output.trimEnd());
    const sentence = /[.?]$/.test(what) ? what : `${what}.`;
    super(
      last === '' ? `${sentence} It printed nothing.` : `${sentence} It printed:\n${last}`,
      options,
    );
    this.reason = reason;
    this.output = output;
  }
}

/** The message stays readable if the program has printed one line of a mebibyte. */
function lastLines(text: string): string {
  const lines = text.split('\n').slice(-MESSAGE_LINES).join('\n');
  return lines.length <= MESSAGE_CHARACTERS ? lines : `…${lines.slice(1 - MESSAGE_CHARACTERS)}`;
}
