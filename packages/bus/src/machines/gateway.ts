/**
 * The contract between the router of this machine and what joins it with those of other machines, such as a log that all of
 * them append to. Whoever does that moves batches, and says who is there; what is in a batch is the bus's.
 *
 * - What is given to `uplink.send` reaches every machine that it is for, in order, once, and with what other machines send in
 *   the same order on all of them. This machine is told when a batch of its own has its place in that order (`counted`).
 * - What a machine sent is received between its `joined` and its `left`. After `left` come no batches of it, until it joins
 *   again.
 */

import type { Buffer } from 'node:buffer';

/** Some packets on their way to other machines. */
export interface Batch {
  /** As they travel, each for one machine, by its id, or for all (`''`), in this order. */
  readonly sections: readonly { readonly to: string; readonly bytes: Buffer }[];
  /** The same, flat, as in a frame. */
  readonly packets: readonly unknown[];
  /** How many messages these are. */
  readonly messages: number;
}

/** Another machine, or this one. */
export interface Host {
  /** Another one for each start of a machine. Letters, digits, `_` and `-`. */
  readonly id: string;
  /** Goes up when all that was sent before is over. */
  readonly epoch: number;
  readonly name: string;
}

export interface Uplink {
  /** Calls `sent` once, later than this call, when the batch is on its way, or is given up. */
  send(batch: Batch, sent: () => void): void;
}

export interface Gateway {
  /** This machine is this one from now on. */
  named(self: Host): void;
  /** Whether no other machine is known. */
  readonly isAlone: boolean;
  /** A machine is there. What was known of an earlier epoch of it is forgotten. */
  joined(host: Host): void;
  /** Nothing comes of it any more, and nothing that it was asked is answered. What it listens to is sent on. */
  left(id: string): void;
  /** It is there again as it was: nothing of it was missed. */
  back(id: string): void;
  /** It does not come back: what it listens to is not sent any more. */
  forgotten(id: string): void;
  receive(id: string, bytes: Buffer): void;
  /** Messages of it may have been missed since then, by the clock of the log. */
  gap(id: string, sinceMs: number): void;
  /**
   * What another machine has to know of this one first.
   *
   * @param to its id, or `''` for all
   * @param values whether the retained values are told as well: to one, all that there are; to all, those of this machine, for
   *   topics of which they have none
   */
  introduction(to: string, values: boolean): Batch[];
  /** A batch has its place in the order of all. @param isLast whether it is the last one that was sent */
  counted(batch: Batch, isLast: boolean): void;
  /**
   * An epoch of this machine is over, and this batch had no place in it.
   *
   * @returns what of it is to be sent again in the next one, and whether something is lost.
   */
  again(batch: Batch): { readonly batch: Batch | undefined; readonly lost: boolean };
  /** Whether something is half sent, so that its end would make no sense in another epoch. */
  readonly isAmidst: boolean;
  /** Whether others were not told all that has changed here, and need another introduction. */
  readonly isStale: boolean;
  /** What waits to be sent, in bytes. */
  readonly bytes: number;
  readonly messages: number;
  /** How many messages to other machines were dropped for want of room. */
  readonly dropped: number;
  /** How many members of this machine are known here. */
  membersOf(id: string): number;
}
