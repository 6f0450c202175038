// Who is in the group, by the log alone: a fold over its entries, without a clock and without a timer. All machines read the
// same log, so all of them agree, the one that is judged included.
//
// - A machine is gone when an entry of anybody is more than `GONE_MS` younger than its own last one. Whatever of its epoch
//   comes after that counts for nobody. It sees that itself, and begins a new epoch.
// - The entries of an epoch are numbered. One that comes again is left out. Where one is missing, something was lost: the machine
//   is asked who it is and for the values that it retains, and then the gap is reported.
// - A machine that comes back says which entry of its own was the last that counted: who has read that has missed nothing.
// - A machine that was silent for longer than the log keeps anything has been forgotten: the others kept nothing for it any more.
//   It knows that from its own entries, and has missed something of each of them.

import type { Entry, EntryRef } from '../entries/entry.js';
import type { GroupEvent, Machine } from './events.js';
import { Gaps } from './gaps.js';
import { isRead, isReadBefore, joining, type Peer, staysOver } from './peer.js';
import { Roster } from './roster.js';
import { type LastCommitted, Self } from './self.js';

/** After so long without an entry a machine is gone, by the clock of the log, in milliseconds. */
export const GONE_MS = 2_300;

export class Group {
  readonly self: Self;
  /** The newest time of the log. */
  newestMs = 0;
  readonly #historyMs: number;
  readonly #goneMs: number;
  readonly #roster = new Roster();
  readonly #gaps: Gaps;
  /** What follows from the entry that is being read. */
  #events: GroupEvent[] = [];

  constructor(id: string, historyMs: number, goneMs = GONE_MS) {
    this.self = new Self(id);
    this.#historyMs = historyMs;
    this.#goneMs = goneMs;
    this.#gaps = new Gaps(goneMs, {
      ask: (missed) => this.#events.push({ kind: 'missed', id: missed }),
      report: (missed, sinceMs) => this.#events.push({ kind: 'gap', id: missed, sinceMs }),
    });
  }

  /** The other machines that are present. */
  get present(): readonly Machine[] {
    return this.#roster.present;
  }

  isPresent(id: string): boolean {
    return this.#roster.get(id)?.isPresent === true;
  }

  /** How many times entries were missed. */
  get gaps(): number {
    return this.#gaps.count;
  }

  /** The machines that are to be asked for their retained values, in each epoch of this one until they have answered. */
  get missed(): readonly string[] {
    return this.#gaps.machines;
  }

  /** By how much the last entry of a machine is older than the newest one, in milliseconds. */
  silenceOf(id: string): number {
    return this.newestMs - (this.#roster.get(id)?.atMs ?? this.newestMs);
  }

  /** Begins the next epoch of this machine. @returns the last entry of the one before that counts */
  startEpoch(): LastCommitted | undefined {
    this.#gaps.startEpoch();
    return this.self.startEpoch();
  }

  read(entry: Entry, atMs: number): readonly GroupEvent[] {
    this.#events = [];
    this.newestMs = Math.max(this.newestMs, atMs);
    this.#passTime(atMs);
    if (entry.machine === this.self.id) this.#own(entry, atMs);
    else if (entry.kind === 'hello') this.#hello(entry, atMs);
    else if (entry.kind === 'identity' && entry.to === this.self.id) this.#identity(entry, atMs);
    else this.#other(entry, atMs);
    return this.#events;
  }

  #passTime(atMs: number): void {
    const { self } = this;
    this.#gaps.passTime(atMs);
    for (const peer of this.#roster.all) {
      if (peer.isPresent && peer.atMs + this.#goneMs < atMs) {
        this.#leave(peer);
        peer.overSeq = peer.seq;
      }
      if (peer.isPresent || peer.isForgotten || peer.atMs + this.#historyMs >= atMs) continue;
      peer.isForgotten = true;
      this.#forget(peer.id);
    }
    if (self.sinceMs !== undefined && !self.isForgotten && self.atMs + this.#historyMs < atMs) {
      self.isForgotten = true;
      for (const peer of this.#roster.all) peer.hasForgottenSelf = true;
    }
    if (self.isPresent && self.atMs + this.#goneMs < atMs) this.#epochIsOver();
  }

  #own(entry: Entry, atMs: number): void {
    const { self } = this;
    const { epoch, seq } = entry;
    if (epoch !== self.epoch) return;
    if (entry.kind === 'hello' && seq === 1 && self.seq === 0) {
      self.joined(atMs);
      for (const peer of this.#roster.all) {
        if (peer.isPresent && this.#wasForgottenBy(peer)) this.#gaps.missed(peer.id, self.atMs);
      }
    }
    // The log has lost the hello of this epoch: nobody who has not read it can know the rest.
    if (!self.isPresent) {
      this.#epochIsOver();
      return;
    }
    if (seq <= self.seq) return;
    // Where the log has lost what comes before it, others may have read that nevertheless. Who has not sees it, too.
    self.seq = seq;
    self.atMs = atMs;
    if (entry.kind === 'sync') this.#gaps.asked(entry.to, seq, atMs);
    this.#events.push({ kind: 'committed', seq });
  }

  #hello(entry: Entry & { kind: 'hello' }, atMs: number): void {
    const { machine: id, epoch, seq, name, committed, lost } = entry;
    const before = this.#roster.get(id);
    if (seq !== 1 || (before !== undefined && epoch <= before.epoch)) return;
    if (before === undefined && !this.#roster.hasRoom()) return;
    if (before?.isPresent) this.#leave(before);
    // What was read beyond that is written again, and says so.
    const isWhole = before
      ? committed?.epoch === before.epoch && committed.seq <= before.seq
      : !this.#hasMissed(entry.sinceMs);
    const sinceMs = before?.sinceMs ?? (entry.sinceMs || atMs);
    this.#join(joining({ id, name, epoch, seq, atMs, sinceMs }, before));
    const isForgotten = this.#wasForgottenBy(before);
    if (lost || isForgotten || (!isWhole && !before?.hasGap)) {
      this.#gaps.missed(id, before?.atMs ?? sinceMs);
    } else {
      this.#gaps.askAgain(id);
    }
    const { self } = this;
    if (self.isPresent && !entry.known.includes(`${self.id}.${self.epoch}`)) {
      this.#events.push({
        kind: 'asked',
        id,
        values: this.#roster.isEldest(self, id),
        request: undefined,
      });
    }
  }

  #identity(entry: Entry & { kind: 'identity' }, atMs: number): void {
    const { machine: id, epoch, seq, name, sinceMs } = entry;
    const before = this.#roster.get(id);
    if (before === undefined && !this.#roster.hasRoom()) return;
    if (before !== undefined && isRead(before, [epoch, seq])) return;
    if (before !== undefined && staysOver(before, [epoch, seq])) return;
    if (before?.isPresent && epoch === before.epoch && seq === before.seq + 1) {
      before.seq = seq;
      before.atMs = atMs;
      return;
    }
    if (before?.isPresent) this.#leave(before);
    this.#join(joining({ id, name, epoch, seq, atMs, sinceMs }, before));
    const isWhole = before === undefined ? !this.#hasMissed(sinceMs) : before.hasGap;
    const isForgotten = this.#wasForgottenBy(before);
    if (!isWhole || isForgotten) this.#gaps.missed(id, before?.atMs ?? sinceMs);
  }

  /** Whether it had forgotten this machine, and sends to it again: asked once. While this machine is not back it is asked later. */
  #wasForgottenBy(peer: Peer | undefined): boolean {
    if (!peer?.hasForgottenSelf) return false;
    const now = this.#roster.get(peer.id) as Peer;
    now.hasForgottenSelf = !this.self.isPresent;
    return this.self.isPresent;
  }

  #other(entry: Entry, atMs: number): void {
    const { machine: id, epoch, seq, kind } = entry;
    const ref: EntryRef = [epoch, seq];
    const peer = this.#roster.get(id);
    if (peer !== undefined && isRead(peer, ref)) return;
    if (peer?.isPresent && epoch === peer.epoch && seq === peer.seq + 1) {
      peer.seq = seq;
      peer.atMs = atMs;
      this.#next(peer, entry);
    } else {
      // What comes of one that is gone counts for nobody: when it is back, it says what did.
      if (peer?.isPresent) {
        this.#leave(peer);
        peer.hasGap = true;
        this.#gaps.missed(id, peer.atMs);
      }
      if (peer !== undefined) staysOver(peer, ref);
      if (kind !== 'leave' && !this.#gaps.has(id)) this.#events.push({ kind: 'stranger', id });
    }
    this.#gaps.heard(id, atMs);
    if (kind === 'sync' && entry.to === this.self.id && this.self.isPresent) {
      this.#events.push({ kind: 'asked', id, values: true, request: ref });
    }
  }

  /** The next entry of a machine that is present. */
  #next(peer: Peer, entry: Entry): void {
    const { self } = this;
    switch (entry.kind) {
      case 'data':
        if (!isReadBefore(peer, entry.attempts)) {
          this.#events.push({ kind: 'data', machine: peer, entry });
        }
        return;
      case 'sync':
        if (entry.to === self.id && !entry.valuesOnly) {
          this.#events.push({ kind: 'reset', machine: peer });
        }
        return;
      case 'synced': {
        const [epoch, seq] = entry.request;
        if (entry.to === self.id && epoch === self.epoch) this.#gaps.answered(peer.id, seq);
        return;
      }
      case 'leave':
        this.#leave(peer);
        this.#roster.delete(peer.id);
        this.#forget(peer.id);
    }
  }

  /** Whether a machine that is not known has joined while this one was in the group. */
  #hasMissed(sinceMs: number): boolean {
    return this.self.sinceMs !== undefined && sinceMs > this.self.sinceMs;
  }

  #join(peer: Peer): void {
    this.#roster.set(peer);
    this.#events.push({ kind: 'joined', machine: peer });
  }

  #leave(peer: Peer): void {
    peer.isPresent = false;
    this.#events.push({ kind: 'left', machine: { ...peer } });
  }

  #forget(id: string): void {
    this.#gaps.close(id);
    this.#events.push({ kind: 'forgotten', id });
  }

  #epochIsOver(): void {
    this.self.isPresent = false;
    if (!this.#events.some(({ kind }) => kind === 'epoch-over')) {
      this.#events.push({ kind: 'epoch-over' });
    }
  }
}
