/**
 * What workers printed last, in bounded memory, by slot: `muster logs` shows it.
 *
 * It is kept as it arrived, in pieces, and cut into lines only when somebody asks (log-reader.ts): keeping costs no copy,
 * and next to no time. A slot has room of its own, so a worker that prints without end costs the others none of theirs.
 */
import { timeOfDay } from '@muster/codec/timers';
import type { WorkerIdentity } from '../../worker-status.js';

export type OutputName = 'stdout' | 'stderr';

/** What arrived at once. */
export interface Piece {
  /** Rises by one with each piece of the cluster. */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly slot: number;
  readonly generation: number;
  readonly output: OutputName;
  readonly bytes: Buffer;
  /** Whether it begins with the beginning of a line. */
  readonly startsLine: boolean;
}

/** Bytes of one slot, and of all together. */
const SLOT_BYTES = 256 * 1024;
const ALL_BYTES = 8 * 1024 * 1024;
/** Bytes of a piece: of what is longer, the end is kept. */
const MAX_PIECE = SLOT_BYTES / 4;
/** What a piece takes besides its bytes: a worker may print a byte at a time. */
const PIECE_BYTES = 256;
const NEWLINE = Buffer.from('\n');

interface Slot {
  pieces: Piece[];
  /** With that of its pieces besides their bytes. */
  bytes: number;
  /** The number of the newest piece that is not kept any more. */
  forgotten: number;
}

/** One output of one worker. */
export interface KeptOutput {
  /** The bytes must not change afterwards. */
  add(bytes: Buffer): void;
  /** The last line may have no newline. */
  end(): void;
}

export class KeptLogs {
  readonly #slots = new Map<number, Slot>();
  readonly #waiting = new Set<() => void>();
  readonly #over = new AbortController();
  #lastSeq = 0;

  open({ slot, generation }: WorkerIdentity, output: OutputName): KeptOutput {
    let startsLine = true;
    const add = (given: Buffer) => {
      const bytes = given.length > MAX_PIECE ? endOf(given, startsLine) : given;
      this.#add({
        ...{ seq: ++this.#lastSeq, at: timeOfDay(), slot, generation, output, bytes },
        startsLine,
      });
      startsLine = bytes.at(-1) === NEWLINE[0];
    };
    return { add, end: () => startsLine || add(NEWLINE) };
  }

  /** Of one slot or of all, those after the piece with that number, oldest first. */
  after(seq: number, slot?: number): Piece[] {
    const slots = slot === undefined ? [...this.#slots.values()] : [this.#slots.get(slot)];
    const found = slots.flatMap((kept) => (kept ? newerThan(kept.pieces, seq) : []));
    return found.sort((one, other) => one.seq - other.seq);
  }

  /** Whether pieces after that one have been forgotten. */
  hasForgotten(seq: number, slot?: number): boolean {
    const slots = slot === undefined ? [...this.#slots.values()] : [this.#slots.get(slot)];
    return slots.some((kept) => kept !== undefined && kept.forgotten > seq);
  }

  /** The number of the newest piece. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Aborted when the cluster has ended, so that nothing follows. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Settles when something is added, or nothing follows, or the signal aborts. Never rejects. */
  changed(signal: AbortSignal): Promise<void> {
    if (this.#over.signal.aborted || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  close(): void {
    this.#over.abort();
    this.#wake();
  }

  #add(piece: Piece): void {
    const kept = this.#slots.get(piece.slot) ?? { pieces: [], bytes: 0, forgotten: 0 };
    this.#slots.set(piece.slot, kept);
    kept.pieces.push(piece);
    kept.bytes += piece.bytes.length + PIECE_BYTES;
    const room = Math.min(SLOT_BYTES, ALL_BYTES / this.#slots.size);
    if (kept.bytes > room) forget(kept, (3 * room) / 4);
    this.#wake();
  }

  #wake(): void {
    if (this.#waiting.size === 0) return;
    for (const wake of [...this.#waiting]) wake();
  }
}

/** Whole lines. The newline before them ends a line that had begun before. */
function endOf(bytes: Buffer, startsLine: boolean): Buffer {
  const end = bytes.subarray(-MAX_PIECE);
  const from = end.indexOf(NEWLINE) + (startsLine ? 1 : 0);
  return Buffer.from(end.subarray(Math.max(0, from)));
}

/** The oldest, until the rest has at most that many bytes: several at a time, because the others have to move. */
function forget(kept: Slot, most: number): void {
  let from = 0;
  while (kept.bytes > most && from < kept.pieces.length - 1) {
    const piece = kept.pieces[from++] as Piece;
    kept.bytes -= piece.bytes.length + PIECE_BYTES;
    kept.forgotten = piece.seq;
  }
  kept.pieces = kept.pieces.slice(from);
}

/** Searched from the end: whoever follows wants the newest. */
function newerThan(pieces: readonly Piece[], seq: number): readonly Piece[] {
  let from = pieces.length;
  while (from > 0 && (pieces[from - 1] as Piece).seq > seq) from -= 1;
  return pieces.slice(from);
}
