// What follows for this machine from an entry of the log.

import type { Entry, EntryRef } from '../entries/entry.js';

/** Another machine. */
export interface Machine {
  readonly id: string;
  readonly name: string;
  readonly epoch: number;
  /** Since when it is in the group, by the clock of the log. */
  readonly sinceMs: number;
}

export type GroupEvent =
  /** It is present: whatever it sends arrives from now on. */
  | { readonly kind: 'joined'; readonly machine: Machine }
  /** Nothing of this epoch arrives any more. */
  | { readonly kind: 'left'; readonly machine: Machine }
  /** It does not come back as the one that it was: what was kept for it may go. */
  | { readonly kind: 'forgotten'; readonly id: string }
  /** Entries of it were missed: it is to be asked for the retained values. */
  | { readonly kind: 'missed'; readonly id: string }
  /** Entries of it were missed. The values that it retains are right again, or it does not answer. @property sinceMs by the clock of the log */
  | { readonly kind: 'gap'; readonly id: string; readonly sinceMs: number }
  /** It has missed entries of this machine, and has let go of it for a moment. */
  | { readonly kind: 'reset'; readonly machine: Machine }
  | { readonly kind: 'data'; readonly machine: Machine; readonly entry: Entry }
  /**
   * It does not know this machine, or has missed entries of it.
   *
   * @property values whether this machine is to send it the retained values
   * @property request its entry that asks; `undefined` for a hello
   */
  | {
      readonly kind: 'asked';
      readonly id: string;
      readonly values: boolean;
      readonly request: EntryRef | undefined;
    }
  /** It sends, and nobody has said who it is. */
  | { readonly kind: 'stranger'; readonly id: string }
  /** This entry of this machine counts, for everybody. */
  | { readonly kind: 'committed'; readonly seq: number }
  /** This epoch of this machine is over: no other entry of it counts. */
  | { readonly kind: 'epoch-over' };
