// Texts as the bytes that lmdb writes, without a buffer for each.

const BYTES = 64 * 1024;
/** UTF-8 has at most this many bytes for a UTF-16 code unit. */
const BYTES_PER_UNIT = 3;

/** lmdb writes what is between `start` and `end`, where a buffer has them. */
type Region = Buffer & { start: number; end: number };

/** Only for writes within `transactionSync`: lmdb has copied the bytes when `put` returns, and the next text may have their place. */
export class ScratchBuffer {
  readonly #region: Region = Object.assign(Buffer.allocUnsafeSlow(BYTES), { start: 0, end: 0 });

  /** A long text stays text, of which lmdb makes a buffer itself. */
  bytesOf(text: string): string | Uint8Array {
    if (text.length > BYTES / BYTES_PER_UNIT) return text;
    this.#region.end = this.#region.write(text);
    return this.#region;
  }
}
