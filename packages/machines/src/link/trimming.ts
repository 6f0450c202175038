// Up to where a log may be trimmed, by what was read of it: its clock, and the bytes of what it keeps.

/** Entries are counted by so many spans of the history: the log is trimmed by whole spans. */
const SPANS = 64;

interface Span {
  /** The time of its first entry. */
  readonly fromMs: number;
  bytes: number;
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

  /** How much was read of what the log keeps, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** An entry was read. Those that are read again count once more: it is a bound. */
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
