// What is kept of the output of workers, and how it is read as lines: without a process.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonLine, lineView } from '../../dist/command/logs/line-view.js';
import { createStyle } from '../../dist/command/view/style.js';
import { KeptLogs } from '../../dist/extensions/logs/kept-logs.js';
import { LogReader } from '../../dist/extensions/logs/log-reader.js';
import { recentLines } from '../../dist/extensions/logs/recent-lines.js';

const worker = (slot: number, generation = 1) => ({ slot, generation, role: 'worker' });
const bytes = (text: string) => Buffer.from(text);
const textsOf = (logs: KeptLogs, slot?: number) =>
  new LogReader(logs, slot).read().lines.map(({ text }) => text);

describe('kept logs', () => {
  it('are lines, however they arrived, and those of two outputs never mix', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(1), fc.string({ unit: fc.constantFrom('a', 'ü', '🙂', ' ') }))),
        fc.integer({ min: 1, max: 7 }),
        (printed, size) => {
          const logs = new KeptLogs();
          const outputs = [logs.open(worker(0), 'stdout'), logs.open(worker(1), 'stdout')];
          const texts = outputs.map((_, slot) =>
            printed.filter(([of]) => of === slot).map(([, text]) => text),
          );
          const streams = texts.map((lines) => bytes(lines.map((line) => `${line}\n`).join('')));
          for (let at = 0; streams.some((stream) => at < stream.length); at += size) {
            streams.forEach((stream, slot) => {
              if (at < stream.length) outputs[slot]?.add(stream.subarray(at, at + size));
            });
          }
          expect([textsOf(logs, 0), textsOf(logs, 1)]).toEqual(texts);
        },
      ),
    );
  });

  it('has each line once for who follows, the last one of a worker without its newline too', () => {
    const logs = new KeptLogs();
    const [out, error] = [logs.open(worker(0), 'stdout'), logs.open(worker(0), 'stderr')];
    out.add(bytes('one\ntw'));
    const reader = new LogReader(logs);
    expect(reader.read().lines).toMatchObject([{ slot: 0, stream: 'stdout', text: 'one' }]);
    error.add(bytes('oh\r\n'));
    out.add(bytes('o\nthr'));
    expect(reader.read().lines).toMatchObject([{ stream: 'stderr', text: 'oh' }, { text: 'two' }]);
    expect(reader.read()).toEqual({ lines: [], missed: false });
    out.end();
    error.end();
    logs.open(worker(0, 2), 'stdout').add(bytes('again\n'));
    expect(reader.read().lines).toMatchObject([{ text: 'thr' }, { generation: 2, text: 'again' }]);
  });

  it('are bounded for each slot, whatever is printed and however, and have whole lines', () => {
    const kinds: Record<string, (n: number) => Buffer> = {
      'a byte at a time': (n) => bytes(n % 8 === 7 ? '\n' : 'x'),
      'long lines': (n) => bytes(`${n} ${'y'.repeat(20_000)}\n`),
      'no newline ever': () => Buffer.alloc(50_000, 'z'),
      binary: (n) => Buffer.alloc(3_000, n % 256),
      'as much as a pipe holds': () => Buffer.alloc(990_000, '0123456789\n'),
    };
    for (const [kind, make] of Object.entries(kinds)) {
      const logs = new KeptLogs();
      logs.open(worker(7), 'stdout').add(bytes('of another\n'));
      const output = logs.open(worker(0), 'stdout');
      // Each kind is far more than what is kept.
      const times = make(0).length > 1_000 ? 100 : 3_000;
      for (let n = 0; n < times; n++) output.add(make(n));
      const kept = logs.after(0, 0).reduce((sum, piece) => sum + piece.bytes.length, 0);
      expect([kind, kept < 300_000]).toEqual([kind, true]);
      expect([kind, logs.after(0, 0).length < 1_100]).toEqual([kind, true]);
      expect(textsOf(logs, 7)).toEqual(['of another']);
      const texts = textsOf(logs, 0);
      if (kind === 'a byte at a time') expect(new Set(texts)).toEqual(new Set(['xxxxxxx']));
      if (kind === 'as much as a pipe holds')
        expect(new Set(texts)).toEqual(new Set(['0123456789']));
    }
  });

  it('are bounded over all slots together', () => {
    const logs = new KeptLogs();
    for (let slot = 0; slot < 200; slot++) {
      const output = logs.open(worker(slot), 'stdout');
      for (let n = 0; n < 40; n++) output.add(Buffer.alloc(8_000, 'x'));
    }
    // Of the first ones there is more, until they print again.
    for (let slot = 0; slot < 200; slot++) logs.open(worker(slot), 'stdout').add(bytes('x'));
    const all = logs.after(0).reduce((sum, piece) => sum + piece.bytes.length, 0);
    expect(all).toBeLessThan(10_000_000);
  });

  it('tell who was too slow that lines are missing, and go on with whole ones', () => {
    const logs = new KeptLogs();
    const output = logs.open(worker(0), 'stdout');
    output.add(bytes('first\nbegin'));
    const reader = new LogReader(logs);
    expect(reader.read()).toMatchObject({ missed: false, lines: [{ text: 'first' }] });
    for (let n = 0; n < 100; n++) output.add(bytes(`${'x'.repeat(9_999)}\n`));
    const { missed, lines } = reader.read();
    expect(missed).toBe(true);
    expect(new Set(lines.map(({ text }) => text.length))).toEqual(new Set([9_999]));
    expect(reader.read()).toEqual({ missed: false, lines: [] });
  });

  it('wake who waits, when something comes and when nothing more will', async () => {
    const logs = new KeptLogs();
    const { signal } = new AbortController();
    const woken = logs.changed(signal);
    logs.open(worker(0), 'stdout').add(bytes('x'));
    await woken;
    const over = logs.changed(signal);
    logs.close();
    await over;
    await logs.changed(signal);
    await new KeptLogs().changed(AbortSignal.abort());
  });
});

describe('recent lines', () => {
  const lines = [1, 2, 3, 4].map((at) => ({
    ...{ at, slot: 0, generation: 1, stream: 'stdout' as const },
    text: `line ${at}`,
  }));
  it.each([
    [{}, [1, 2, 3, 4]],
    [{ count: 2 }, [3, 4]],
    [{ count: 0 }, []],
    [{ since: 3 }, [3, 4]],
    [{ since: 2, count: 1 }, [4]],
    [{ since: 9 }, []],
  ])('%j', (wanted, found) => {
    expect(recentLines(lines, wanted).map(({ at }) => at)).toEqual(found);
  });

  it('are as many as one answer holds', () => {
    const long = Array.from({ length: 100 }, () => ({ ...lines[0], text: 'x'.repeat(50_000) }));
    expect(recentLines(long as typeof lines, {}).length).toBeLessThan(50);
  });

  it.each([-1, 0.5, 100_001, Number.NaN])('are not %d', (count) => {
    expect(() => recentLines(lines, { count })).toThrow(/count: .* is not a whole number/);
  });
});

describe('a line of a worker', () => {
  const line = (text: string) => ({
    ...{ at: 0, slot: 3, generation: 1, stream: 'stdout' as const },
    text,
  });
  const plain = createStyle(false);

  it.each([
    ['hello', '00:00:00.000 3 | hello'],
    ['\u001b[31mred\u001b[39m \u001b[2J\u001b]0;title\u0007', '00:00:00.000 3 | red '],
    ['a\rb\u0000\u009b', '00:00:00.000 3 | a?b??'],
  ])('%j without a terminal', (text, shown) => {
    expect(lineView(line(text), plain, false)).toBe(shown);
  });

  it.each([
    ['\u001b[1;38:5:9mred\u001b[2Jx', '\u001b[1;38:5:9mredx\u001b[0m'],
    ['\u001b[31m\u001b]0;title\u0007\u001b[?1049h', '\u001b[31m\u001b[0m'],
    ['plain', 'plain'],
  ])('%j on a terminal keeps its colours and nothing else', (text, shown) => {
    expect(lineView(line(text), plain, true)).toBe(`00:00:00.000 3 | ${shown}`);
  });

  it('is whole as JSON, and has nothing that a terminal obeys', () => {
    const text = '\u001b[2J\u009b1A\u202e\u2028"\u007f';
    const shown = jsonLine(line(text));
    expect(JSON.parse(shown)).toEqual({
      ...{ time: '1970-01-01T00:00:00.000Z', slot: 3, generation: 1, stream: 'stdout' },
      text,
    });
    expect(shown).toMatch(/^[\x20-\x7e]*$/);
  });
});
