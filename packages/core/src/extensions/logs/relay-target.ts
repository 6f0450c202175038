/**
 * Copies what workers print to the primary's own output, line by line with a prefix, so that two workers never share a line.
 *
 * A reader that is slow slows the workers (their pipes fill), not the primary, and costs no memory here. A reader that
 * is gone (reliable-output.ts) costs the lines: the workers go on, and so does the primary.
 */
import type { Readable, Writable } from 'node:stream';
import { readerIsGone } from '../../process/reliable-output.js';
import { LineSplitter } from '../../text/line-splitter.js';

const NEWLINE = Buffer.from('\n');

/** One output, shared by all sources that are relayed to it. */
export class RelayTarget {
  readonly #stream: Writable;
  #broken = false;
  /** Sources that wait for room. */
  #waiting = new Set<() => void>();

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('drain', () => this.#resume());
    stream.on('close', () => this.#resume());
    stream.on('error', (error) => {
      // A full disk may have room again later.
      this.#broken ||= readerIsGone(error);
      this.#resume();
    });
  }

  /**
   * Copies `source` until it ends: line by line, or byte by byte without a prefix. Settles when all of it has been written.
   * Never rejects.
   */
  relay(source: Readable, prefix: string | undefined): Promise<void> {
    const start = Buffer.from(prefix ?? '');
    const splitter = new LineSplitter();
    const resume = () => source.resume();
    source.on('data', (chunk: Buffer) => {
      const room =
        prefix === undefined ? this.#pass(chunk) : this.#write(start, splitter.push(chunk));
      if (room) return;
      source.pause();
      this.#waiting.add(resume);
    });
    return new Promise((resolve) => {
      const end = () => {
        this.#waiting.delete(resume);
        this.#write(start, splitter.end());
        resolve();
      };
      source.once('close', end);
      source.once('error', () => source.destroy());
    });
  }

  /** @returns whether there is room for more */
  #write(start: Buffer, lines: Buffer[]): boolean {
    if (lines.length === 0) return true;
    return this.#pass(Buffer.concat(lines.flatMap((line) => [start, line, NEWLINE])));
  }

  #pass(bytes: Buffer): boolean {
    return this.#broken || this.#stream.write(bytes);
  }

  #resume(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }
}
