// Entries as anybody who can write to the log may append them, and what a machine makes of each: the corpus says it in full, so
// that neither the parser nor the format changes unnoticed. A change of the format has another version, and needs the corpus anew.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEntry, encodeEntry } from '../../../packages/machines/dist/entries/entry.js';
import { round } from '../../chaos/rounds.js';
import corpus from './entries.json' with { type: 'json' };

type Decode = typeof decodeEntry;

/** As in the corpus: without an entry where the bytes are refused. */
function outcomeOf(decode: Decode, bytes: Buffer): string {
  const entry = decode(bytes);
  if (entry === undefined) return 'refused';
  const sections = entry.sections.map(({ to, bytes: own }) => ({ to, hex: own.toString('hex') }));
  return sorted({ ...entry, sections });
}

function sorted(value: object): string {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return JSON.stringify(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** What of the corpus this parser reads in another way. */
function* faultsOf(decode: Decode): Generator<string> {
  for (const { what, hex, entry } of corpus) {
    const expected = entry === undefined ? 'refused' : sorted(entry);
    try {
      if (outcomeOf(decode, Buffer.from(hex, 'hex')) !== expected) yield what;
    } catch (error) {
      yield `${what}: ${error}`;
    }
  }
}

/** Bytes with this head, and this long a body. */
function written(head: object | string, bodyBytes = 0): Buffer {
  const text = typeof head === 'string' ? head : JSON.stringify(head);
  const bytes = Buffer.alloc(8 + Buffer.byteLength(text) + bodyBytes);
  bytes[0] = 2;
  bytes.writeUInt32LE(Buffer.byteLength(text), 4);
  bytes.write(text, 8);
  return bytes;
}

const HEAD = { machine: 'machine-1', epoch: 1, seq: 1, seenMs: 0, sections: [] };
const HELLO = { ...HEAD, kind: 'hello', name: 'web', sinceMs: 0, lost: false };

/** Just within a bound, and just beyond it. */
const BOUNDS: [what: string, within: () => Buffer, beyond: () => Buffer][] = [
  [
    'sections',
    () => written({ ...HEAD, kind: 'data', sections: new Array(4_096).fill(['', 0]) }),
    () => written({ ...HEAD, kind: 'data', sections: new Array(4_097).fill(['', 0]) }),
  ],
  [
    'machines that a hello knows',
    () => written({ ...HELLO, known: new Array(4_096).fill('machine-2.1') }),
    () => written({ ...HELLO, known: new Array(4_097).fill('machine-2.1') }),
  ],
  [
    'bytes of a head',
    () => written(JSON.stringify({ ...HEAD, kind: 'heartbeat' }).padEnd(1024 * 1024)),
    () => written(JSON.stringify({ ...HEAD, kind: 'heartbeat' }).padEnd(1024 * 1024 + 1)),
  ],
  [
    'bytes of an entry',
    () => written({ ...HEAD, kind: 'data', sections: [['', 16_000_000]] }, 16_000_000),
    () => written({ ...HEAD, kind: 'data', sections: [['', 17_000_000]] }, 17_000_000),
  ],
];

describe('entries of anybody', () => {
  it('are read as the corpus says', () => {
    expect([...faultsOf(decodeEntry)]).toEqual([]);
  });

  it.each(BOUNDS)('have a bound: %s', (_, within, beyond) => {
    expect(decodeEntry(within())).toBeDefined();
    expect(decodeEntry(beyond())).toBeUndefined();
  });

  it('may nest as deep as they like', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(decodeEntry(written(deep))).toBeUndefined();
    const inside = JSON.stringify({ ...HEAD, kind: 'heartbeat' }).replace(
      '{',
      `{"x":${deep.slice(1, -1)},`,
    );
    expect(() => decodeEntry(written(inside))).not.toThrow();
  });

  it('that are changed in some bytes or cut give an entry that can be written again, or nothing', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 });
    const source = fc.constantFrom(...corpus.filter(({ hex }) => hex !== ''));
    fc.assert(
      fc.property(source, changes, fc.nat(), ({ hex }, all, cut) => {
        const bytes = Buffer.from(hex, 'hex');
        for (const [at, value] of all) bytes[at % bytes.length] = value;
        for (const one of [bytes, bytes.subarray(0, cut % bytes.length)]) {
          const entry = decodeEntry(one);
          if (entry !== undefined) expect(decodeEntry(encodeEntry(entry))).toEqual(entry);
        }
      }),
      { numRuns: round({ short: 300, full: 100_000 }) },
    );
  });
});

/** One place of the parser, made wrong. */
const BROKEN: [what: string, right: string, wrong: string][] = [
  ['takes any version', 'bytes[0] !== ENTRY_VERSION', 'false'],
  ['reads a prefix that is not there', 'bytes.length < PREFIX_BYTES ||', ''],
  ['reads a head beyond its end', '|| bodyAt > bytes.length', ''],
  ['takes any machine', '!isId(machine) ||', ''],
  ['takes any epoch', '!isCount(epoch) ||', ''],
  ['takes any number', '!isCount(seq) ||', ''],
  ['takes any time', '|| !isTime(seenMs)', ''],
  ['takes an id with more behind it', '{8,32}$/', '{8,32}/'],
  ['takes a name with more before it', '/^[A-Za-z0-9](', '/[A-Za-z0-9]('],
  ['takes a hello of any name', '!isName(name) || !isTime(sinceMs)', '!isTime(sinceMs)'],
  ['takes a hello without a time', '|| !isTime(sinceMs)', ''],
  ['takes a hello that does not say what is lost', "|| typeof lost !== 'boolean'", ''],
  ['takes anything that a hello knows', '|| !known.every(isText)', ''],
  ['takes texts of any length', '&& value.length <= 64', ''],
  [
    'takes any last epoch',
    'isCount(epoch) && isTime(seq) ? { epoch, seq } : null',
    '{ epoch, seq }',
  ],
  ['takes an identity for anybody', 'isName(name) && isId(to)', 'isName(name)'],
  [
    'takes a request to anybody',
    "isId(to) && typeof valuesOnly === 'boolean'",
    "typeof valuesOnly === 'boolean'",
  ],
  ['takes a request for anything', "isId(to) && typeof valuesOnly === 'boolean'", 'isId(to)'],
  ['takes an answer for anybody', 'isId(to) && isRef(request)', 'isRef(request)'],
  ['takes an answer to anything', 'isId(to) && isRef(request)', 'isId(to)'],
  ['takes data of any number of epochs', '|| value.length > MAX_ATTEMPTS', ''],
  ['takes data of any epochs', 'value.every(isRef)', 'true'],
  ['takes sections of a negative length', '|| !isTime(length)', ''],
  ['takes sections for anybody', "!(to === '' || isId(to)) ||", ''],
  ['takes rows of any length', '|| row.length !== 2', ''],
  ['begins each section at the first byte', 'at += length', 'at += 0'],
  ['takes bytes of no section', 'at === body.length ? sections : undefined', 'sections'],
  ['throws at what is no JSON', 'catch {', 'catch (error) { throw error;'],
  ['takes fractions', 'Number.isSafeInteger(value) && value > 0', 'value > 0'],
  ['takes 0 as an epoch', 'value > 0', 'value >= 0'],
];

describe('a parser that is broken on purpose', () => {
  const file = new URL('../../../packages/machines/dist/entries/entry.js', import.meta.url);
  const source = readFileSync(file, 'utf8')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\s+/g, ' ');

  it.each(BROKEN)('%s', async (_, right, wrong) => {
    expect(source.split(right), 'the place is there, once').toHaveLength(2);
    const code = `data:text/javascript,${encodeURIComponent(source.replace(right, () => wrong))}`;
    const broken = (await import(/* @vite-ignore */ code)) as { decodeEntry: Decode };
    expect(faultsOf(broken.decodeEntry).next().value).toBeDefined();
  });
});
