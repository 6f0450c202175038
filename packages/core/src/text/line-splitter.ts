/**
 * Cuts a stream of bytes into lines, whatever the bytes are and however they arrive. Its memory is bounded: a line longer
 * than `maxLineBytes` is given in pieces, in case a worker never prints a newline. A piece ends where a character of UTF-8 does,
 * at most three bytes later.
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
      const cut = endOfCharacter(chunk, from, this.#maxLineBytes - this.#restBytes);
      if (cut < end) {
        lines.push(this.#take(chunk.subarray(from, cut)));
        from = cut;
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

/**
 * Where to cut so that there are `room` bytes, or as many more as the last character has. Less than nothing: the character
 * began in an earlier chunk.
 */
function endOfCharacter(bytes: Buffer, from: number, room: number): number {
  let end = from + Math.max(0, room);
  while (end < from + room + 3 && isContinuation(bytes[end])) end += 1;
  return end;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte < 0xc0;
}
