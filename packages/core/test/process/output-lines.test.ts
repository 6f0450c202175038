import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LastLines } from '../../dist/text/last-lines.js';
import { LineSplitter } from '../../dist/text/line-splitter.js';

const bytes = (text: string) => Buffer.from(text);
const texts = (lines: Buffer[]) => lines.map(String);

/** Feeds `text` in pieces of `size` bytes. */
function split(text: string, size: number, maxLineBytes?: number): string[] {
  const splitter = new LineSplitter(maxLineBytes);
  const lines: Buffer[] = [];
  const all = bytes(text);
  for (let at = 0; at < all.length; at += size)
    lines.push(...splitter.push(all.subarray(at, at + size)));
  return texts([...lines, ...splitter.end()]);
}

describe('a line splitter', () => {
  it('gives whole lines, and the last one at the end', () => {
    const splitter = new LineSplitter();
    expect(texts(splitter.push(bytes('one\ntw')))).toEqual(['one']);
    expect(texts(splitter.push(bytes('o\n\nthr')))).toEqual(['two', '']);
    expect(texts(splitter.end())).toEqual(['thr']);
    expect(splitter.end()).toEqual([]);
  });

  it('gives the same lines however they arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'ü', '🙂', '\r', ' ') })),
        fc.integer({ min: 1, max: 9 }),
        (lines, size) => {
          const text = lines.map((line) => `${line}\n`).join('');
          expect(split(text, size)).toEqual(lines);
        },
      ),
    );
  });

  it('holds no more than its limit of a line that never ends', () => {
    expect(split('abcdefgh\nij\n', 3, 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(split('abcdefgh\nij', 100, 4)).toEqual(['abcd', 'efgh', 'ij']);
  });

  it('loses no byte of what is no text', () => {
    const splitter = new LineSplitter();
    const binary = Buffer.from([0, 255, 254, 10, 200, 0]);
    expect([...splitter.push(binary), ...splitter.end()]).toEqual([
      Buffer.from([0, 255, 254]),
      Buffer.from([200, 0]),
    ]);
  });

  it('keeps what it was given, whatever becomes of the chunk', () => {
    const splitter = new LineSplitter();
    const chunk = bytes('kept');
    splitter.push(chunk);
    chunk.fill('x');
    expect(texts(splitter.end())).toEqual(['kept']);
  });
});

describe('last lines', () => {
  it('are the newest, oldest first', () => {
    const last = new LastLines(3);
    last.push(bytes('1\n2\n3\r\n4\n'));
    last.push(bytes('5'));
    expect(last.lines()).toEqual(['2', '3', '4']);
    last.end();
    expect(last.lines()).toEqual(['3', '4', '5']);
  });

  it.each([1, 3, 7, 64])(
    'are cut between characters, however they arrive (%i bytes at a time)',
    (size) => {
      const text = `a${'€'.repeat(30)}${'😀'.repeat(10)}é`;
      const pieces = split(`${text}\n`, size, 16);
      expect(pieces.join('')).toBe(text);
      for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThan(16 + 4);
    },
  );

  it('are bounded, whatever is printed', () => {
    const last = new LastLines(2);
    for (let i = 0; i < 100; i++) last.push(Buffer.alloc(100_000, i % 2 ? 'a' : 'b'));
    last.push(bytes('\nthe end\n'));
    expect(last.lines().join('').length).toBeLessThanOrEqual(2 * 4096);
    expect(last.lines().at(-1)).toBe('the end');
  });
});
