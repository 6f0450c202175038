/**
 * Cuts a stream of bytes into lines, whatever the bytes are and however they arrive. Its memory is bounded: a line longer
 * than `maxLineBytes` is given in pieces, in case a worker never prints a newline.
 */
const NEWLINE = 0x0a;

export class LineSplitter {
  readonly #maxLineBytes: number;
  /** The bytes after the last newline. */
  #rest: Buffer[] = [];
  #restBytes = 0;

  /** `maxLineBytes` defaults to 64 KiB. */
  constructor(maxLineBytes = 64 * 1024) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** The lines that `chunk` completes, without their newline. */
  push(chunk: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let from = 0;
    while (from < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, from);
      const end = newline === -1 ? chunk.length : newline;
      const room = this.#maxLineBytes - this.#restBytes;
      if (end - from > room) {
        lines.push(this.#take(chunk.subarray(from, from + room)));
        from += room;
      } else if (newline === -1) {
        // Copied, because the chunk may be a part of a buffer that Node reuses, or keep a large one alive.
        this.#rest.push(Buffer.from(chunk.subarray(from)));
        this.#restBytes += end - from;
        from = end;
      } else {
        lines.push(this.#take(chunk.subarray(from, newline)));
        from = newline + 1;
      }
    }
    return lines;
  }

  /** The last line, if the stream ended without a newline. */
  end(): Buffer[] {
    return this.#restBytes > 0 ? [this.#take(Buffer.alloc(0))] : [];
  }

  #take(tail: Buffer): Buffer {
    const line = this.#restBytes === 0 ? tail : Buffer.concat([...this.#rest, tail]);
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }
}
