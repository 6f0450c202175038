// Lines of a file as bytes, each with its end, so that they can be summed up as they are.

const NEWLINE = 0x0a;

/**
 * What stands behind the last end is the last one, without an end. So is one that is longer than `most`, of which that much
 * is given, and nothing after it.
 *
 * @param most bytes of a line, by its number from 1 on.
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
