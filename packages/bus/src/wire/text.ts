// The texts that bodies are made of: strings, or the bytes of one that only passes through this process.

/** A text as it came over a byte channel, in UTF-8. */
export class Utf8Text {
  readonly bytes: Buffer;
  /** Whether each byte is a character: such are read and written in a fraction of the time. */
  readonly isAscii: boolean;

  constructor(bytes: Buffer, isAscii: boolean) {
    this.bytes = bytes;
    this.isAscii = isAscii;
  }

  /** In bytes. Of a string it is in characters: no more than these. */
  get length(): number {
    return this.bytes.length;
  }

  toString(): string {
    return this.bytes.toString(this.isAscii ? 'latin1' : 'utf8');
  }
}

export type Text = string | Utf8Text;

export function isText(value: unknown): value is Text {
  return typeof value === 'string' || value instanceof Utf8Text;
}

/** In UTF-8, in bytes. */
export function bytesOfText(text: Text): number {
  return typeof text === 'string' ? Buffer.byteLength(text) : text.length;
}

export function joined(texts: readonly Text[]): Text {
  if (texts.every((text) => typeof text === 'string')) return texts.join('');
  const utf8 = texts.map(utf8Of);
  const bytes = Buffer.concat(utf8.map((text) => text.bytes));
  return new Utf8Text(
    bytes,
    utf8.every((text) => text.isAscii),
  );
}

/** Pieces of at most so many characters, or bytes. None ends in the middle of a character. */
export function* piecesOf(text: Text, most: number): Generator<Text> {
  for (let at = 0; at < text.length; ) {
    const end = endOfPiece(text, at + most);
    yield typeof text === 'string'
      ? text.slice(at, end)
      : new Utf8Text(text.bytes.subarray(at, end), text.isAscii);
    at = end;
  }
}

function utf8Of(text: Text): Utf8Text {
  if (typeof text !== 'string') return text;
  const bytes = Buffer.from(text);
  return new Utf8Text(bytes, bytes.length === text.length);
}

function endOfPiece(text: Text, end: number): number {
  if (end >= text.length) return text.length;
  if (typeof text === 'string') return isTrailing(text.charCodeAt(end)) ? end - 1 : end;
  let start = end;
  // A character has at most three bytes after its first.
  while (start > end - 3 && ((text.bytes[start] as number) & 0xc0) === 0x80) start--;
  return start;
}

/** The second half of a surrogate pair. */
function isTrailing(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
