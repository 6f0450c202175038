// Packets to bytes and back: however the bytes are cut, and whatever is written in their place.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { KINDS, PREAMBLE } from '../dist/wire/bytes/layout.js';
import { ByteParser, type TextForm } from '../dist/wire/bytes/parser.js';
import { bytesOfPackets } from '../dist/wire/bytes/writer.js';
import { frameOf, inJson, readFrame } from '../dist/wire/frame.js';
import { joined, piecesOf, type Text, Utf8Text } from '../dist/wire/text.js';

/** Texts of bodies are well-formed: payload.ts sees to it. Names and addresses are what an app gives. */
const wellFormed = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('', 'x'.repeat(9_000), 'é'.repeat(9_000), '😀'.repeat(6_000), '{"a":1},2'),
);
const any = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('\ud800', 'a\udc00b', '0:1:worker', 'ümläut', ''),
);
const target = fc.oneof(fc.nat(20), any);
const packet = fc.record({
  kind: fc.constantFrom(...KINDS),
  name: any,
  address: fc.oneof(fc.constant(null), target, fc.array(target, { maxLength: 5 })),
  count: fc.oneof(fc.nat(5), fc.constantFrom(0, 2 ** 32, Number.MAX_SAFE_INTEGER)),
  body: fc.oneof(wellFormed, fc.array(wellFormed, { minLength: 1, maxLength: 4 })),
});
type Given = typeof packet extends fc.Arbitrary<infer One> ? One : never;
const flat = (packets: readonly Given[]) =>
  packets.flatMap(({ kind, name, address, count, body }) => [kind, name, address, count, body]);

/** Where a stream is cut, as shares of what is left. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

function cutUp(stream: Buffer, shares: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let rest = stream;
  for (const share of shares) {
    const at = Math.floor(share * rest.length);
    chunks.push(rest.subarray(0, at));
    rest = rest.subarray(at);
  }
  return [...chunks, rest];
}

function streamOf(parts: readonly unknown[]): Buffer {
  return Buffer.concat([PREAMBLE, ...bytesOfPackets(parts)]);
}

function read(chunks: readonly Buffer[], form: TextForm) {
  const parser = new ByteParser(form);
  const parts: unknown[] = [];
  let refusal: string | undefined;
  // As sockets give them: each in memory of its own.
  for (const chunk of chunks) refusal = parser.read(Buffer.from(chunk), parts);
  return { parts: inJson(frameOf(parts)).p, refusal };
}

const forms = ['strings', 'bytes'] as const;

describe.each(forms)('a stream that is read as %s', (form) => {
  it('gives the same packets, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 8 }), cuts, (packets, shares) => {
        const parts = flat(packets);
        expect(read(cutUp(streamOf(parts), shares), form)).toEqual({ parts, refusal: undefined });
      }),
    );
  });

  it('gives them also byte by byte, and passed on once more', () => {
    const parts = flat(fc.sample(packet, { numRuns: 20, seed: 7 }));
    const stream = streamOf(parts);
    expect(
      read(
        Array.from(stream, (byte) => Buffer.of(byte)),
        form,
      ).parts,
    ).toEqual(parts);
    const passed: unknown[] = [];
    new ByteParser(form).read(stream, passed);
    expect(read([streamOf(passed)], form).parts).toEqual(parts);
  });

  it('gives packets or one refusal where bytes of it are changed, lost or added, and holds no more than one', () => {
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      bytes: fc.uint8Array({ maxLength: 8 }),
      lost: fc.nat(8),
    });
    const changes = fc.array(change, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 5 }), changes, cuts, (packets, all, shares) => {
        let stream = streamOf(flat(packets));
        for (const { at, bytes, lost } of all) {
          const place = Math.floor(at * stream.length);
          stream = Buffer.concat([
            ...[stream.subarray(0, place), bytes, stream.subarray(place + lost)],
          ]);
        }
        const { parts, refusal } = read(cutUp(stream, shares), form);
        expect(['string', 'undefined']).toContain(typeof refusal);
        // What makes it through is judged as any frame is.
        readFrame(frameOf(parts), () => true);
      }),
    );
  });
});

test('it is refused at the first byte that makes no sense, and nothing is read after that', () => {
  const good = bytesOfPackets(['b', 'said', null, 1, '1'])[0] as Buffer;
  const changed = (at: number, ...bytes: number[]) => {
    const packet = Buffer.from(good);
    packet.set(bytes, at);
    return packet;
  };
  const refusals: [string, Buffer[], string][] = [
    ['another protocol', [Buffer.from('G')], 'no preamble of the bus'],
    [
      'another version',
      [Buffer.from('MUSTER\x03')],
      'version 3 of its layout, and this copy of @muster/bus reads 2',
    ],
    ['a length of 4 GB', [PREAMBLE, Buffer.alloc(4, 255)], 'a packet of 4294967295 bytes'],
    ['a length of nothing', [PREAMBLE, Buffer.alloc(4)], 'a packet without a head'],
    ['a kind', [PREAMBLE, changed(4, 250)], 'a packet of no kind'],
    ['texts', [PREAMBLE, changed(5, 2)], 'a body of so many texts as none has'],
    ['flags', [PREAMBLE, changed(6, 128)], 'a packet with flags that there are not'],
    ['a name', [PREAMBLE, changed(8, 255, 255)], 'a packet longer than it says'],
    ['a name that is JSON', [PREAMBLE, changed(6, 1)], 'a name or an address that is no JSON'],
    ['a body', [PREAMBLE, changed(28, 9)], 'a body longer than its packet'],
    ['an end', [PREAMBLE, changed(28, 0)], 'a packet shorter than it says'],
  ];
  for (const [what, chunks, refusal] of refusals) {
    expect({ what, ...read([...chunks, good], 'bytes') }).toEqual({ what, parts: [], refusal });
  }
});

test('a small text does not hold the block in which it came', () => {
  const small = 'x'.repeat(5_000);
  const large = 'x'.repeat(60_000);
  const parts: Text[] = [];
  new ByteParser('bytes').read(
    streamOf(['b', 'said', null, 1, small, 'b', 'said', null, 1, large]),
    parts,
  );
  expect(parts[4]).toBe(small);
  expect(parts[9]).toBeInstanceOf(Utf8Text);
});

test('texts are cut between characters only, and joined whatever their form', () => {
  const property = fc.property(wellFormed, fc.integer({ min: 4, max: 50 }), (text, most) => {
    const bytes = new Utf8Text(Buffer.from(text), false);
    const pieces = [...piecesOf(text, most)];
    const utf8 = [...piecesOf(bytes, most)];
    for (const piece of pieces) expect(Buffer.from(String(piece)).toString()).toBe(piece);
    expect(pieces.every((piece) => piece.length <= most)).toBe(true);
    expect(utf8.every((piece) => piece.length <= most && piece.length > 0)).toBe(true);
    expect(String(joined(pieces))).toBe(text);
    expect(utf8.map(String).join('')).toBe(text);
    expect(String(joined([...utf8, '!']))).toBe(`${text}!`);
  });
  fc.assert(property, { numRuns: 50 });
});
