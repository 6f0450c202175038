// Who is in the group, by the log alone: a fold over its entries, without a clock and without a timer. All machines read the
// same log, so all of them agree, the one that is judged included.
//
// - A machine is gone where an entry of anybody is more than `GONE_MS` younger than its own last one. Whatever of its epoch
//   comes after that counts for nobody. It sees that itself, and begins a new epoch.
// - The entries of an epoch are numbered. One that comes again is left out. Where one is missing, something was lost: that
//   is told, and the machine is asked who it is.
// - A machine that comes back says which entry of its own was the last that counted: who has read that has missed nothing.
// - A machine that was silent for longer than the log keeps anything has been forgotten: the others kept nothing for it any more.
//   It knows that from its own entries, and has missed something of each of them.

import type { Again, Entry } from '../entries/entry.js';
import type { Machine, News } from './news.js';

/** After so long without an entry a machine is gone, by the clock of the log, in milliseconds. */
export const GONE_MS = 2_300;

/** More machines than this are not let in. */
const MAX_MACHINES = 1_000;

interface Known extends Machine {
  seq: number;
  /** Of its last entry. */
  atMs: number;
  isHere: boolean;
  /** Something of it is missing, and that was told. */
  isTold: boolean;
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
  readonly past: ReadonlyMap<number, number>;
}

export interface Self {
  readonly id: string;
  epoch: number;
  /** The last of this epoch that counts. */
  seq: number;
  atMs: number;
  sinceMs: number | undefined;
  isHere: boolean;
}

export class Group {
  readonly self: Self;
  /** The newest time of the log. */
  newestMs = 0;
  /** Entries that were missed: how many times. */
  gaps = 0;
  readonly #historyMs: number;
  readonly #goneMs: number;
  readonly #known = new Map<string, Known>();
  /** The last entry of this machine that counts, of the last epoch before this one that had any. */
  #was: { epoch: number; seq: number } | undefined;
  /** The others have forgotten this machine, and its next hello is not in the log yet. */
  #isForgotten = false;

  constructor(id: string, historyMs: number, goneMs = GONE_MS) {
    this.self = { id, epoch: 1, seq: 0, atMs: 0, sinceMs: undefined, isHere: false };
    this.#historyMs = historyMs;
    this.#goneMs = goneMs;
  }

  /** The other machines that are there. */
  get here(): readonly Machine[] {
    return [...this.#known.values()].filter((one) => one.isHere);
  }

  /** How long an entry of this machine was under way to it, judging by the log; in milliseconds. */
  silenceOf(id: string): number {
    return this.newestMs - (this.#known.get(id)?.atMs ?? this.newestMs);
  }

  /** Begins the next epoch of this machine. @returns the last entry of the one before that counts. */
  next(): { epoch: number; seq: number } | undefined {
    const { self } = this;
    if (self.seq > 0) this.#was = { epoch: self.epoch, seq: self.seq };
    self.epoch++;
    self.seq = 0;
    self.isHere = false;
    return this.#was;
  }

  take(entry: Entry, atMs: number): readonly News[] {
    const news: News[] = [];
    this.newestMs = Math.max(this.newestMs, atMs);
    this.#passTime(atMs, news);
    if (entry.machine === this.self.id) this.#own(entry, atMs, news);
    else if (entry.kind === 'hello') this.#hello(entry, atMs, news);
    else if (entry.kind === 'state' && entry.to === this.self.id) this.#state(entry, atMs, news);
    else this.#other(entry, atMs, news);
    return news;
  }

  #passTime(atMs: number, news: News[]): void {
    const { self } = this;
    for (const one of this.#known.values()) {
      if (one.isHere && one.atMs + this.#goneMs < atMs) {
        this.#leave(one, news);
        one.overSeq = one.seq;
      }
      if (one.isHere || one.isForgotten || one.atMs + this.#historyMs >= atMs) continue;
      one.isForgotten = true;
      news.push({ kind: 'forgotten', id: one.id });
    }
    if (self.sinceMs !== undefined && !this.#isForgotten && self.atMs + this.#historyMs < atMs) {
      this.#isForgotten = true;
      for (const one of this.#known.values()) one.hasForgottenSelf = true;
    }
    if (self.isHere && self.atMs + this.#goneMs < atMs) this.#over(news);
  }

  #own({ epoch, seq, kind }: Entry, atMs: number, news: News[]): void {
    const { self } = this;
    if (epoch !== self.epoch) return;
    if (kind === 'hello' && seq === 1 && self.seq === 0) {
      self.isHere = true;
      self.sinceMs ??= atMs;
      this.#isForgotten = false;
      for (const one of this.#known.values()) {
        if (one.isHere && this.#wasForgottenBy(one)) this.#gap(one.id, self.atMs, news);
      }
    }
    // The log has lost the hello of this epoch: nobody who has not read it can know the rest.
    if (!self.isHere) {
      this.#over(news);
      return;
    }
    if (seq <= self.seq) return;
    // Where the log has lost what comes before it, others may have read that nevertheless. Who has not sees it, too.
    self.seq = seq;
    self.atMs = atMs;
    news.push({ kind: 'echo', seq });
  }

  #hello(entry: Entry & { kind: 'hello' }, atMs: number, news: News[]): void {
    const { machine: id, epoch, seq, name, was, lost } = entry;
    const before = this.#known.get(id);
    if (seq !== 1 || (before !== undefined && epoch <= before.epoch)) return;
    if (before === undefined && !this.#hasRoom()) return;
    if (before?.isHere) this.#leave(before, news);
    // What was read beyond that is written again, and says so.
    const isWhole = before
      ? was?.epoch === before.epoch && was.seq <= before.seq
      : !this.#hasMissed(entry.sinceMs);
    const sinceMs = before?.sinceMs ?? (entry.sinceMs || atMs);
    this.#join({ id, name, epoch, seq, atMs, sinceMs, past: pastOf(before), ...NEW }, news);
    const isForgotten = this.#wasForgottenBy(before);
    if (lost || isForgotten || (!isWhole && !before?.isTold)) {
      this.#gap(id, before?.atMs ?? sinceMs, news);
    }
    const { self } = this;
    if (self.isHere && !entry.known.includes(`${self.id}.${self.epoch}`)) {
      news.push({ kind: 'asked', id, values: this.#isEldestBut(id) });
    }
  }

  #state(entry: Entry & { kind: 'state' }, atMs: number, news: News[]): void {
    const { machine: id, epoch, seq, name, sinceMs } = entry;
    const before = this.#known.get(id);
    if (before === undefined && !this.#hasRoom()) return;
    if (
      before !== undefined &&
      (epoch < before.epoch || (epoch === before.epoch && seq <= before.seq))
    )
      return;
    if (before !== undefined && staysOver(before, epoch, seq)) return;
    if (before?.isHere && epoch === before.epoch && seq === before.seq + 1) {
      before.seq = seq;
      before.atMs = atMs;
      return;
    }
    if (before?.isHere) this.#leave(before, news);
    this.#join({ id, name, epoch, seq, atMs, sinceMs, past: pastOf(before), ...NEW }, news);
    const isWhole = before === undefined ? !this.#hasMissed(sinceMs) : before.isTold;
    const isForgotten = this.#wasForgottenBy(before);
    if (!isWhole || isForgotten) this.#gap(id, before?.atMs ?? sinceMs, news);
  }

  /** Whether it had forgotten this machine, and sends to it again: asked once. While this machine is not back it is asked later. */
  #wasForgottenBy(one: Known | undefined): boolean {
    if (!one?.hasForgottenSelf) return false;
    const now = this.#known.get(one.id) as Known;
    now.hasForgottenSelf = !this.self.isHere;
    return this.self.isHere;
  }

  #other(entry: Entry, atMs: number, news: News[]): void {
    const { machine: id, epoch, seq, kind } = entry;
    const asksMe = kind === 'ask' && entry.to === this.self.id;
    const one = this.#known.get(id);
    if (one !== undefined && (epoch < one.epoch || (epoch === one.epoch && seq <= one.seq))) return;
    if (one === undefined || !one.isHere || epoch > one.epoch || seq > one.seq + 1) {
      // What comes of one that is gone counts for nobody: when it is back, it says what did.
      if (one?.isHere) {
        this.#leave(one, news);
        one.isTold = true;
        this.#gap(id, one.atMs, news);
      }
      if (one !== undefined) staysOver(one, epoch, seq);
      if (kind !== 'bye') news.push({ kind: 'unknown', id });
    } else {
      one.seq = seq;
      one.atMs = atMs;
      if (asksMe) news.push({ kind: 'reset', machine: one });
      if (kind === 'data' && !hasRead(one, entry.again)) news.push({ kind, machine: one, entry });
      if (kind === 'bye') this.#bye(one, news);
    }
    if (asksMe && this.self.isHere) news.push({ kind: 'asked', id, values: true });
  }

  /** Whether a machine that is not known has joined while this one was in the group. */
  #hasMissed(sinceMs: number): boolean {
    return this.self.sinceMs !== undefined && sinceMs > this.self.sinceMs;
  }

  /** The one that was silent for the longest makes room. */
  #hasRoom(): boolean {
    if (this.#known.size < MAX_MACHINES) return true;
    const gone = [...this.#known.values()].filter((one) => one.isForgotten);
    const [oldest] = gone.sort((one, other) => one.atMs - other.atMs);
    return oldest !== undefined && this.#known.delete(oldest.id);
  }

  #bye(one: Known, news: News[]): void {
    this.#leave(one, news);
    this.#known.delete(one.id);
    news.push({ kind: 'forgotten', id: one.id });
  }

  #join(one: Known, news: News[]): void {
    this.#known.set(one.id, one);
    news.push({ kind: 'joined', machine: one });
  }

  #leave(one: Known, news: News[]): void {
    one.isHere = false;
    news.push({ kind: 'left', machine: { ...one } });
  }

  #gap(id: string, sinceMs: number, news: News[]): void {
    this.gaps++;
    news.push({ kind: 'gap', machine: this.#known.get(id) as Known, sinceMs });
  }

  #over(news: News[]): void {
    this.self.isHere = false;
    if (!news.some(({ kind }) => kind === 'over')) news.push({ kind: 'over' });
  }

  /** Of those that are there, but for the one that asks: one is to answer for all. */
  #isEldestBut(id: string): boolean {
    const own = this.self.sinceMs ?? Number.POSITIVE_INFINITY;
    return this.here.every(
      (one) => one.id === id || one.sinceMs > own || (one.sinceMs === own && one.id > this.self.id),
    );
  }
}

const NEW = {
  isHere: true,
  isTold: false,
  isForgotten: false,
  hasForgottenSelf: false,
  overSeq: undefined,
} as const;

/** Notes that an entry of it was read. @returns whether that is of an epoch that is over */
function staysOver(one: Known, epoch: number, seq: number): boolean {
  if (epoch !== one.epoch || one.overSeq === undefined) return false;
  one.overSeq = seq > one.overSeq + 1 ? undefined : Math.max(seq, one.overSeq);
  return one.overSeq !== undefined;
}

/** So many epochs of a machine are remembered. */
const MAX_PAST = 32;

function pastOf(before: Known | undefined): ReadonlyMap<number, number> {
  if (before === undefined) return new Map();
  const all = [...before.past, [before.epoch, before.seq] as const];
  return new Map(all.slice(-MAX_PAST));
}

function hasRead({ past }: Known, again: readonly Again[] | undefined): boolean {
  return again?.some(([epoch, seq]) => seq <= (past.get(epoch) ?? 0)) ?? false;
}
