// Another machine as the log shows it, and which of its entries were read.

import type { EntryRef } from '../entries/entry.js';
import type { Machine } from './events.js';

export interface Peer extends Machine {
  /** The last entry of its epoch that was read. */
  seq: number;
  /** When it was appended, by the clock of the log. */
  atMs: number;
  isPresent: boolean;
  /** Entries of it are missing, and a gap was opened for them. */
  hasGap: boolean;
  /** It was silent for longer than the log keeps anything. How far it was read is remembered: what is missing is a gap. */
  isForgotten: boolean;
  /**
   * Its epoch is over, as it was silent for too long: up to where it was read since then, none missing. The machine sees that itself,
   * and nothing brings this epoch back. `undefined` where entries are missing: then it may know nothing of a silence.
   */
  overSeq: number | undefined;
  /** It has forgotten this machine, and has not heard of its new epoch: until then it sends nothing here. */
  hasForgottenSelf: boolean;
  /** The last entry that was read of each epoch before. */
  readonly pastEpochs: ReadonlyMap<number, number>;
}

/** So many epochs of a machine are remembered. */
const MAX_PAST_EPOCHS = 32;

/** A machine that joins. @param before what it was in its last epoch */
export function joining(
  machine: Machine & Pick<Peer, 'seq' | 'atMs'>,
  before: Peer | undefined,
): Peer {
  return {
    ...machine,
    ...{ isPresent: true, hasGap: false, isForgotten: false, hasForgottenSelf: false },
    ...{ overSeq: undefined, pastEpochs: pastEpochsOf(before) },
  };
}

function pastEpochsOf(before: Peer | undefined): ReadonlyMap<number, number> {
  if (before === undefined) return new Map();
  const all = [...before.pastEpochs, [before.epoch, before.seq] as const];
  return new Map(all.slice(-MAX_PAST_EPOCHS));
}

/** Whether this entry of it was read, or comes too late. */
export function isRead(peer: Peer, [epoch, seq]: EntryRef): boolean {
  return epoch < peer.epoch || (epoch === peer.epoch && seq <= peer.seq);
}

/** Whether one of these entries of earlier epochs was read: they have the same content. */
export function isReadBefore(peer: Peer, attempts: readonly EntryRef[] | undefined): boolean {
  return attempts?.some(([epoch, seq]) => seq <= (peer.pastEpochs.get(epoch) ?? 0)) ?? false;
}

/** Notes that an entry of it was read. @returns whether that is of an epoch that is over */
export function staysOver(peer: Peer, [epoch, seq]: EntryRef): boolean {
  if (epoch !== peer.epoch || peer.overSeq === undefined) return false;
  peer.overSeq = seq > peer.overSeq + 1 ? undefined : Math.max(seq, peer.overSeq);
  return peer.overSeq !== undefined;
}
