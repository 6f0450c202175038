// Streams of bytes as they may come over the byte channel, and what the parser makes of each: the corpus says it in full, so
// that neither the parser nor the layout changes unnoticed. A change of the layout has another version in its preamble, and
// needs the corpus anew.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ByteParser, type TextForm } from '../../../packages/bus/dist/wire/bytes/parser.js';
import { bytesOfPackets } from '../../../packages/bus/dist/wire/bytes/writer.js';
import { frameOf, inJson } from '../../../packages/bus/dist/wire/frame.js';
import { round } from '../../chaos/rounds.js';
import corpus from './byte-streams.json' with { type: 'json' };

const PARSER = new URL('../../../packages/bus/dist/wire/bytes/parser.js', import.meta.url);

interface Outcome {
  readonly parts: readonly unknown[];
  readonly refusal: string | undefined;
}

function outcomeOf(Parser: typeof ByteParser, chunks: readonly Buffer[], form: TextForm): Outcome {
  const parser = new Parser(form);
  const parts: unknown[] = [];
  let refusal: string | undefined;
  // As sockets give them: each in memory of its own.
  for (const chunk of chunks) refusal = parser.read(Buffer.from(chunk), parts);
  return { parts: inJson(frameOf(parts)).p, refusal };
}

/** A stream whole, byte by byte, and in two parts, cut at each of its first bytes. */
function cuttings(stream: Buffer): Buffer[][] {
  const halves = Array.from(stream.subarray(0, 50), (_, at) => [
    stream.subarray(0, at),
    stream.subarray(at),
  ]);
  return [[stream], Array.from(stream, (byte) => Buffer.of(byte)), ...halves];
}

/** What of the corpus this parser reads in another way. */
function* faultsOf(Parser: typeof ByteParser, form: TextForm): Generator<string> {
  const expected = ({ parts, refusal }: (typeof corpus)[number]) =>
    JSON.stringify([parts, refusal ?? null]);
  const found = (chunks: readonly Buffer[]) => {
    try {
      const { parts, refusal } = outcomeOf(Parser, chunks, form);
      return JSON.stringify([parts, refusal ?? null]);
    } catch (error) {
      return String(error);
    }
  };
  for (const one of corpus) {
    const right = expected(one);
    if (cuttings(Buffer.from(one.hex, 'hex')).some((chunks) => found(chunks) !== right))
      yield one.what;
  }
}

const forms = ['strings', 'bytes'] as const;

it.each(forms)('the corpus is read as it says, however it is cut (%s)', (form) => {
  expect([...faultsOf(ByteParser, form)]).toEqual([]);
});

it('what is changed in it is read alike, however it is cut, and what was read can be passed on', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), {
    minLength: 1,
    maxLength: 4,
  });
  const stream = fc
    .tuple(fc.constantFrom(...corpus.filter(({ hex }) => hex !== '')), changes)
    .map(([{ hex }, all]) => {
      const bytes = Buffer.from(hex, 'hex');
      for (const [at, value] of all) bytes[at % bytes.length] = value;
      return bytes;
    });
  fc.assert(
    fc.property(stream, fc.nat(), fc.constantFrom(...forms), (bytes, cut, form) => {
      const whole = outcomeOf(ByteParser, [bytes], form);
      const at = cut % bytes.length;
      const chunks = [bytes.subarray(0, at), bytes.subarray(at)];
      expect(outcomeOf(ByteParser, chunks, form)).toEqual(whole);
      const written = [bytes.subarray(0, 0), ...bytesOfPackets(whole.parts)];
      const preamble = Buffer.from(corpus[2]?.hex ?? '', 'hex');
      const again = outcomeOf(ByteParser, [preamble, ...written], form);
      expect(again).toEqual({ parts: whole.parts, refusal: undefined });
    }),
    { numRuns: round({ short: 200, full: 50_000 }) },
  );
});

/** One place of the parser, made wrong. */
const BROKEN: [what: string, right: string, wrong: string][] = [
  [
    'takes half a preamble for a whole one',
    'expected = PREAMBLE[',
    'expected = chunk[at] ?? PREAMBLE[',
  ],
  ['takes a packet of any length', 'length > MAX_PACKET_BYTES', 'length > 2 ** 32'],
  [
    'takes a packet one byte too long',
    'length > MAX_PACKET_BYTES',
    'length > MAX_PACKET_BYTES + 1',
  ],
  ['refuses the longest packet', 'length > MAX_PACKET_BYTES', 'length >= MAX_PACKET_BYTES'],
  ['takes a packet without a head', 'length < HEAD_BYTES - LENGTH_BYTES', 'length < 0'],
  ['does not wait for the rest of a packet', 'if (taken < wanted)', 'if (taken < 0)'],
  ['begins a chunk anew', 'at += taken', 'at = taken'],
  ['forgets the length that came before', 'partial.copy(this.#partial)', '0'],
  ['goes on after a refusal', 'if (this.#refusal === undefined)', 'if (true)'],
  ['takes any kind', 'if (kind === undefined)', 'if (false)'],
  ['takes any flag', 'flags > ALL_FLAGS ||', ''],
  ['takes anything in the empty byte', '|| bytes[start + 7] !== 0', ''],
  ['takes a body of no texts', 'texts === 0 ||', ''],
  ['takes any number of texts', 'texts > MAX_TEXTS ||', ''],
  ['takes two texts that are no list', '|| (!isList && texts !== 1)', ''],
  ['reads names of 64 KiB at most', 'readUInt32LE(start + 8)', 'readUInt16LE(start + 8)'],
  ['reads addresses of 255 bytes at most', 'readUInt32LE(start + 12)', 'readInt8(start + 12)'],
  ['reads a count as a whole number', 'readDoubleLE(start + 16)', 'readUInt32LE(start + 16)'],
  ['takes any name for a text', '(flags & NAME_IS_JSON) !== 0', 'false'],
  ['takes any address for a text', '(flags & ADDRESS_IS_JSON) !== 0', 'false'],
  ['takes an empty address for none', '(flags & HAS_ADDRESS) === 0', 'addressAt === at'],
  ['takes a list of one for a text', 'isList ? body :', 'body.length > 1 ? body :'],
  ['reads the mark of ASCII as a length', 'field & ~ASCII', 'field'],
  ['takes no text for ASCII', 'field >= ASCII', 'false'],
  ['takes bytes behind the last text', 'if (at !== end)', 'if (false)'],
];

describe('a parser that is broken on purpose', () => {
  let folder: string;
  let source: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-parser-'));
    const own = await readFile(PARSER, 'utf8');
    const moved = own.replace(/(?<=from ')\.[^']+/g, (path) => new URL(path, PARSER).href);
    source = moved.replace(/^\/\/# sourceMappingURL=.*$/m, '');
  });

  afterAll(() => rm(folder, { recursive: true }));

  it.each(BROKEN.map((one, n) => [...one, n] as const))('%s', async (_, right, wrong, n) => {
    expect(source.split(right), 'the place is there, once').toHaveLength(2);
    const file = join(folder, `${n}.mjs`);
    await writeFile(file, source.replace(right, wrong));
    const { ByteParser: Broken } = await import(/* @vite-ignore */ pathToFileURL(file).href);
    expect(faultsOf(Broken, 'strings').next().value).toBeDefined();
  });
});
