// The errors of @muster/testing. Of the options, all packages throw the same one.
import { MusterError } from '@muster/codec/errors';

export { InvalidOptionError } from '@muster/codec/errors';

/**
 * - `'ended'`: the program ended while somebody waited for it.
 * - `'late'`: what was waited for did not happen in time.
 * - `'no-cluster'`: no cluster answers in the program.
 * - `'no-worker'`: the slot has no process at the moment, or the program has ended.
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
  /** What the program had printed by then, at most its last mebibyte. The message has the last lines. */
  readonly output: string;

  constructor(reason: ProgramFault, what: string, output: string, options?: ErrorOptions) {
    const last = output.trimEnd().split('\n').slice(-20).join('\n');
    const sentence = /[.?]$/.test(what) ? what : `${what}.`;
    super(
      last === '' ? `${sentence} It printed nothing.` : `${sentence} It printed:\n${last}`,
      options,
    );
    this.reason = reason;
    this.output = output;
  }
}
