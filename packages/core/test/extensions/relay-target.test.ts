import { spawn } from 'node:child_process';
import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { RelayTarget } from '../../dist/extensions/logs/relay-target.js';

/** A reader that takes nothing until it is told to. */
function slowReader() {
  let taken = '';
  let release: (() => void) | undefined;
  const stream = new Writable({
    highWaterMark: 1_000,
    write(chunk, _encoding, done) {
      taken += chunk;
      release = done;
    },
  });
  return { stream, taken: () => taken, takeOne: () => release?.() };
}

async function relayed(sources: Record<string, string[]>): Promise<string> {
  const output = new PassThrough();
  const target = new RelayTarget(output);
  await Promise.all(
    Object.entries(sources).map(([prefix, chunks]) => {
      const source = new PassThrough();
      for (const chunk of chunks) source.write(chunk);
      source.end();
      return target.relay(source, prefix);
    }),
  );
  return text(output.end());
}

describe('a relay of logs', () => {
  it('puts the prefix before each line, the last one without a newline included', async () => {
    expect(await relayed({ '0 | ': ['one\nt', 'wo\n', 'three'] })).toBe(
      '0 | one\n0 | two\n0 | three\n',
    );
  });

  it('never mixes two workers in one line', async () => {
    const output = await relayed({ '0 | ': ['a', 'a', 'a\n'], '1 | ': ['b', 'b', 'b\n'] });
    expect(output.split('\n').sort()).toEqual(['', '0 | aaa', '1 | bbb']);
  });

  it('lets a slow reader slow the worker, and loses nothing', async () => {
    const reader = slowReader();
    const target = new RelayTarget(reader.stream);
    const source = new PassThrough({ highWaterMark: 1_000 });
    const done = target.relay(source, '> ');
    const line = 'x'.repeat(499);
    for (let i = 0; i < 100; i++) source.write(`${line}\n`);
    source.end();
    await vi.waitFor(() => expect(source.isPaused()).toBe(true));
    expect(reader.stream.writableLength).toBeLessThan(10_000);
    await vi.waitFor(
      () => {
        reader.takeOne();
        expect(reader.taken()).toBe(`> ${line}\n`.repeat(100));
      },
      { interval: 1, timeout: 10_000 },
    );
    await done;
  });

  it('goes on reading where nobody listens any more', async () => {
    const output = new PassThrough();
    const target = new RelayTarget(output);
    const source = new PassThrough({ highWaterMark: 100 });
    const done = target.relay(source, '');
    output.destroy(Object.assign(new Error('gone'), { code: 'EPIPE' }));
    for (let i = 0; i < 100; i++) source.write('x'.repeat(100));
    source.end();
    await done;
  });

  it('hands over all that a process printed before it exited', async () => {
    const output = new PassThrough({ highWaterMark: 1_000_000 });
    const target = new RelayTarget(output);
    const child = spawn(process.execPath, [
      '-e',
      'for (let i = 0; i < 2000; i++) console.log("line " + i); process.stdout.write("the end")',
    ]);
    await target.relay(child.stdout, '7 | ');
    // On Node 26, read() gives one chunk of what is there.
    const lines = (await text(output.end())).split('\n');
    expect(lines).toHaveLength(2_002);
    expect(lines.at(-2)).toBe('7 | the end');
    expect(lines.every((line: string) => line === '' || line.startsWith('7 | '))).toBe(true);
  });
});
