// Splits a file into lines as bytes, each with its line end, so that they can be hashed as they are.

const NEWLINE = 0x0a;

/**
 * Bytes after the last line end are a line without an end. A line longer than `most` is cut off there, and is the last one.
 *
 * @param most the most bytes of a line, by its number from 1 on.
 */
export async function* linesIn(
  chunks: AsyncIterable<Buffer>,
  most: (number: number) => number,
): AsyncGenerator<Buffer> {
  let number = 1;
  let begun: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, from) + 1;
      const part = chunk.subarray(from, end === 0 ? undefined : end);
      begun.push(part);
      length += part.length;
      if (length > most(number)) {
        yield Buffer.concat(begun).subarray(0, most(number) - 1);
        return;
      }
      if (end === 0) break;
      yield begun.length === 1 ? part : Buffer.concat(begun);
      number += 1;
      begun = [];
      length = 0;
      from = end;
    }
  }
  if (length > 0) yield Buffer.concat(begun);
}
