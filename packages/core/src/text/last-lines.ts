/** Keeps the last lines that a worker printed, in bounded memory, to explain a failed start. */
import { LineSplitter } from './line-splitter.js';

/** Bytes of one line. The rest of a longer line becomes another line. */
const MAX_LINE_BYTES = 4 * 1024;

export class LastLines {
  readonly #most: number;
  readonly #splitter = new LineSplitter(MAX_LINE_BYTES);
  #lines: string[] = [];

  constructor(most = 20) {
    this.#most = most;
  }

  push(chunk: Buffer): void {
    // Only the end of a large chunk can matter.
    this.#keep(this.#splitter.push(chunk.subarray(-this.#most * MAX_LINE_BYTES)));
  }

  /** Call it at the end of the stream: a rest without a newline is a line as well. */
  end(): void {
    this.#keep(this.#splitter.end());
  }

  /** Oldest first. Bytes that are not UTF-8 become U+FFFD. */
  lines(): string[] {
    return [...this.#lines];
  }

  #keep(lines: Buffer[]): void {
    const last = lines.slice(-this.#most).map((line) => line.toString('utf8').replace(/\r$/, ''));
    this.#lines = [...this.#lines, ...last].slice(-this.#most);
  }
}
