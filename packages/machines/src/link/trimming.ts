// Up to where a log may be trimmed: by its clock, and by the bytes of what it keeps. These are measured once, for what was in the
// log before this machine read it, and counted for what is read.

/** Entries are counted by so many spans of the history: the log is trimmed by whole spans. */
const SPANS = 64;

interface Span {
  /** The time of its first entry. */
  readonly fromMs: number;
  bytes: number;
}

/** What a log keeps that was not read. */
export interface Measured {
  /** The times of its first and of its last entry. */
  readonly oldestMs: number;
  readonly newestMs: number;
  readonly bytes: number;
}

export class Trimming {
  readonly #historyMs: number;
  readonly #historyBytes: number;
  readonly #spanMs: number;
  #spans: Span[] = [];
  #bytes = 0;
  #newestMs = 0;

  constructor(historyMs: number, historyBytes: number) {
    this.#historyMs = historyMs;
    this.#historyBytes = historyBytes;
    this.#spanMs = historyMs / SPANS;
  }

  /**
   * Begins anew, because the log is read from its start, or from its end.
   *
   * @param unread what comes before its end: it counts as if its bytes lay evenly over its time
   */
  begin(unread?: Measured): void {
    this.#spans = [];
    this.#bytes = 0;
    if (unread === undefined) return;
    const { oldestMs, newestMs, bytes } = unread;
    this.#newestMs = Math.max(this.#newestMs, newestMs);
    for (let i = 0; i < SPANS; i++) {
      this.add(oldestMs + Math.floor(((newestMs - oldestMs) * i) / SPANS), bytes / SPANS);
    }
  }

  /** An entry was read. */
  add(atMs: number, bytes: number): void {
    this.#newestMs = Math.max(this.#newestMs, atMs);
    const last = this.#spans.at(-1);
    const isNew =
      last === undefined ||
      atMs >= last.fromMs + this.#spanMs ||
      last.bytes > this.#historyBytes / SPANS;
    if (isNew && atMs > (last?.fromMs ?? -1)) this.#spans.push({ fromMs: atMs, bytes });
    else if (last) last.bytes += bytes;
    this.#bytes += bytes;
    while (this.#isTooMuch()) this.#bytes -= this.#spans.shift()?.bytes ?? 0;
  }

  /** Entries from before this time may go, in milliseconds; 0 where none may. */
  get floorMs(): number {
    return Math.max(0, this.#newestMs - this.#historyMs, this.#bytesFloorMs);
  }

  get #bytesFloorMs(): number {
    return this.#spans[0]?.fromMs ?? 0;
  }

  /** One span stays, however large it is. */
  #isTooMuch(): boolean {
    const [first, second] = this.#spans;
    if (first === undefined || second === undefined) return false;
    return this.#bytes > this.#historyBytes || second.fromMs < this.#newestMs - this.#historyMs;
  }
}
