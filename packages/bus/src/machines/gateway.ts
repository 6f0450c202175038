/**
 * The contract between the router of this machine and the code that joins it with the routers of other machines, for example
 * over a log to which all of them append. That code moves batches, and reports which machines join and leave. The bus alone
 * knows what is in a batch.
 *
 * - A batch that is given to `uplink.send` reaches every machine that it is for, once. All machines receive the batches of all
 *   machines in one order. `committed` reports that a batch of this machine has its place in that order.
 * - Batches of a machine arrive between its `joined` and its `left`. After `left` none arrives until the machine joins again.
 */

import type { Buffer } from 'node:buffer';

/** Some packets on their way to other machines. */
export interface Batch {
  /** The packets as bytes, each section for the machine with this id or for all (`''`), in this order. */
  readonly sections: readonly { readonly to: string; readonly bytes: Buffer }[];
  /** The same packets, flat, as in a frame. */
  readonly packets: readonly unknown[];
  /** How many messages they are. */
  readonly messages: number;
}

/** Another machine, or this one. */
export interface Host {
  /** Differs for each start of a machine. Letters, digits, `_` and `-`. */
  readonly id: string;
  /** Grows when the group has declared the machine gone: nothing that it sent before arrives any more. */
  readonly epoch: number;
  readonly name: string;
}

export interface Uplink {
  /** Calls `sent` once, after this call has returned, when the batch is on its way or was given up. */
  send(batch: Batch, sent: () => void): void;
}

export interface Gateway {
  /** Sets the name and the epoch of this machine. */
  identify(self: Host): void;
  /** Whether no other machine is known. */
  readonly isAlone: boolean;
  /** A machine has joined. An earlier epoch of it is forgotten. */
  joined(host: Host): void;
  /** A machine has left: its members leave, and requests to them fail. Messages that they listen to are sent on. */
  left(id: string): void;
  /** A machine that had left is back in the same epoch, and nothing of it was missed. */
  back(id: string): void;
  /** A machine that has left does not come back: messages that it listens to are not sent any more. */
  forgotten(id: string): void;
  receive(id: string, bytes: Buffer): void;
  /** Reports that messages of a machine may have been missed since then, by the clock of the log. */
  gap(id: string, sinceMs: number): void;
  /**
   * The members of this machine and the topics that they listen to, for machines that do not know them.
   *
   * @param to its id, or `''` for all
   * @param values whether the retained values are added: for one machine as those of the group; for all machines as those of this
   *   one, which they take for topics of which they have none
   */
  introduction(to: string, values: boolean): Batch[];
  /**
   * A request of this machine for retained values has its place in the order of all: the answer has the values up to there.
   *
   * @param id of the machine that is asked: then what it has set or deleted itself replaces what is retained here, and its other
   *   values are taken where there is none. Or `''` for a request to all, which any machine answers with those of the group
   */
  requested(id: string): void;
  /** A batch of this machine has its place in the order of all. @param isLast whether it is the last that was sent */
  committed(batch: Batch, isLast: boolean): void;
  /**
   * An epoch of this machine is over, and this batch had no place in it.
   *
   * @returns the part of it to send again in the next epoch, and whether something is lost
   */
  resend(batch: Batch): { readonly batch: Batch | undefined; readonly lost: boolean };
  /** Whether a long message is half sent, so that its end would make no sense in another epoch. */
  readonly hasPartialMessages: boolean;
  /** Whether other machines missed a change of members or topics for want of room, and need another introduction. */
  readonly isStale: boolean;
  /** How much waits to be sent, in bytes. */
  readonly bytes: number;
  /** How many messages wait to be sent. */
  readonly messages: number;
  /** How many messages to other machines were dropped for want of room. */
  readonly dropped: number;
  /** How many members of a machine are known here. */
  membersOf(id: string): number;
}
