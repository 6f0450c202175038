// What follows for this machine from an entry of the log.

import type { Entry } from '../entries/entry.js';

/** Another machine. */
export interface Machine {
  readonly id: string;
  readonly name: string;
  readonly epoch: number;
  /** Since when it is in the group, by the clock of the log. */
  readonly sinceMs: number;
}

export type News =
  /** It is there: whatever it sends comes from now on. */
  | { readonly kind: 'joined'; readonly machine: Machine }
  /** Nothing of this epoch comes any more. */
  | { readonly kind: 'left'; readonly machine: Machine }
  /** It does not come back as the one that it was: what was kept for it may go. */
  | { readonly kind: 'forgotten'; readonly id: string }
  /** Something of it was missed. @property sinceMs by the clock of the log. */
  | { readonly kind: 'gap'; readonly machine: Machine; readonly sinceMs: number }
  /** It has missed something of this machine, and has let go of it for a moment. */
  | { readonly kind: 'reset'; readonly machine: Machine }
  | { readonly kind: 'data'; readonly machine: Machine; readonly entry: Entry }
  /** It does not know this machine. @property values whether it is this one that tells it the retained values. */
  | { readonly kind: 'asked'; readonly id: string; readonly values: boolean }
  /** Entries of it come, and nobody has said who it is. */
  | { readonly kind: 'unknown'; readonly id: string }
  /** This entry of this machine's own counts, for everybody. */
  | { readonly kind: 'echo'; readonly seq: number }
  /** This epoch of this machine is over: nothing else of it counts. */
  | { readonly kind: 'over' };
