/**
 * Reads the kept logs as lines: those that are there, and then those that follow, each once. It holds a number and the
 * beginnings of lines, so a reader that never comes back costs the primary nothing.
 */
import { LineSplitter } from '../../text/line-splitter.js';
import type { KeptLogs, Piece } from './kept-logs.js';
import type { LogLine } from './log-line.js';
import { LINE_CHARACTERS } from './recent-lines.js';

export interface ReadLogs {
  /** Oldest first. */
  readonly lines: readonly LogLine[];
  /** Whether lines before these are missing, because they came faster than they were read. */
  readonly missed: boolean;
}

/** Bytes of one line. A longer one is given in pieces. */
const MAX_LINE_BYTES = 16 * 1024;
/** Characters of the lines of one answer. */
const MAX_CHARACTERS = 1024 * 1024;
const NEWLINE = 0x0a;

export class LogReader {
  readonly #logs: KeptLogs;
  readonly #slot: number | undefined;
  readonly #splitters = new Map<string, LineSplitter>();
  #seq = 0;

  /** @param slot only what its workers print. Default: all slots */
  constructor(logs: KeptLogs, slot?: number) {
    this.#logs = logs;
    this.#slot = slot;
  }

  /** The next lines, as many as one answer holds; none if there are no new ones. */
  read(): ReadLogs {
    // What was there at the beginning has no lines before it that this reader could miss.
    const missed = this.#seq > 0 && this.#logs.hasForgotten(this.#seq, this.#slot);
    if (missed) this.#splitters.clear();
    const isFirst = this.#seq === 0;
    const lines: LogLine[] = [];
    let room = isFirst ? Number.POSITIVE_INFINITY : MAX_CHARACTERS;
    for (const piece of this.#logs.after(this.#seq, this.#slot)) {
      if (room <= 0) break;
      this.#seq = piece.seq;
      for (const line of this.#linesOf(piece)) {
        room -= line.text.length + LINE_CHARACTERS;
        lines.push(line);
      }
    }
    if (isFirst) this.#seq = Math.max(this.#seq, this.#logs.lastSeq);
    return { lines, missed };
  }

  /** Oldest first, and each with the whole of its line, if that is kept. */
  #linesOf({ slot, generation, output, at, bytes, startsLine }: Piece): LogLine[] {
    const key = `${slot}.${generation}.${output}`;
    let splitter = this.#splitters.get(key);
    let rest = bytes;
    if (!splitter) {
      if (!startsLine) rest = bytes.subarray(bytes.indexOf(NEWLINE) + 1 || bytes.length);
      // A line that is cut begins with the next newline.
      if (rest.length === 0 && !startsLine && bytes.at(-1) !== NEWLINE) return [];
      splitter = new LineSplitter(MAX_LINE_BYTES);
      this.#splitters.set(key, splitter);
      this.#forgetBefore(slot, generation);
    }
    return splitter
      .push(rest)
      .map((line) => ({ at, slot, generation, stream: output, text: textOf(line) }));
  }

  /** A slot has two processes at most, the older of which ends. */
  #forgetBefore(slot: number, generation: number): void {
    for (const key of this.#splitters.keys()) {
      const [of, older] = key.split('.').map(Number);
      if (of === slot && (older ?? 0) < generation - 1) this.#splitters.delete(key);
    }
  }
}

function textOf(line: Buffer): string {
  return line.toString('utf8').replace(/\r$/, '');
}
