/**
 * Reads many small writes at once. A worker that prints a thousand lines a second would wake the primary a thousand times,
 * and at fifty thousand lines a second take it half a processor; so after each small piece, nothing is read for a moment.
 * A line that comes alone is read at once.
 */
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers';

/**
 * Milliseconds of the rest after a piece, by its bytes: a worker that prints more fills its pipe sooner (some 280 lines, on
 * Linux).
 */
const RESTS = [
  { below: 1024, ms: 10 },
  { below: 16 * 1024, ms: 2 },
];

/** Node's own, undocumented. `pause()` of the stream goes on reading until its buffer is full. */
interface Handle {
  /** Whether the stream has room for more. It reads again by itself when it has, and `reading` is false until then. */
  readonly reading?: boolean;
  readStop?(): void;
  readStart?(): void;
}

export class PacedReading {
  /** By the length of the rest. Sources share their timers, so that one wake-up reads many. */
  readonly #resting = RESTS.map(({ ms }) => new RestingSources(ms));

  pace(source: Readable): void {
    source.on('data', (chunk: Buffer) => {
      const handle = handleOf(source);
      const rest = RESTS.findIndex(({ below }) => chunk.length < below);
      if (handle?.readStop && handle.readStart) this.#resting[rest]?.add(source);
    });
  }
}

class RestingSources {
  readonly #ms: number;
  readonly #sources = new Set<Readable>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  add(source: Readable): void {
    handleOf(source)?.readStop?.();
    this.#sources.add(source);
    this.#timer ??= setTimeout(() => this.#resume(), this.#ms);
  }

  #resume(): void {
    this.#timer = undefined;
    const rested = [...this.#sources];
    this.#sources.clear();
    for (const source of rested) {
      const handle = handleOf(source);
      if (handle?.reading !== false) handle?.readStart?.();
    }
  }
}

function handleOf(source: Readable): Handle | null | undefined {
  return (source as unknown as { _handle?: Handle | null })._handle;
}
