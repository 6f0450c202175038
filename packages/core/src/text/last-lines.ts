/** The last lines that a worker printed, in bounded memory: what a failed start is explained with. */
import { LineSplitter } from './line-splitter.js';

/** Bytes of one line; the rest of a longer one is another line. */
const MAX_LINE_BYTES = 4 * 1024;

export class LastLines {
  readonly #most: number;
  readonly #splitter = new LineSplitter(MAX_LINE_BYTES);
  #lines: string[] = [];

  constructor(most = 20) {
    this.#most = most;
  }

  push(chunk: Buffer): void {
    // Of a large chunk only the end can matter.
    this.#keep(this.#splitter.push(chunk.subarray(-this.#most * MAX_LINE_BYTES)));
  }

  /** The stream is over: what it left without a newline is a line, too. */
  end(): void {
    this.#keep(this.#splitter.end());
  }

  /** Oldest first. Bytes that are no UTF-8 are shown as U+FFFD. */
  lines(): string[] {
    return [...this.#lines];
  }

  #keep(lines: Buffer[]): void {
    const last = lines.slice(-this.#most).map((line) => line.toString('utf8').replace(/\r$/, ''));
    this.#lines = [...this.#lines, ...last].slice(-this.#most);
  }
}
