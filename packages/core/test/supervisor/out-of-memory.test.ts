import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';
import { cgroupFiles, OomKills, outOfMemory } from '../../dist/supervisor/process/out-of-memory.js';
import { exitText } from '../../dist/text/exit-text.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-memory-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a worker whose heap is full', () => {
  it.each([
    {
      when: 'later',
      says: /^muster: worker 0 \(pid \d+, generation 1\) ran out of memory: its JavaScript heap/m,
    },
    {
      when: 'at once',
      says: /The cluster was not started: worker 0 .* ran out of memory: its JavaScript heap reached its limit \(SIGABRT\) before it was ready/,
    },
  ])('$when is said to have run out of memory', async ({ when, says }) => {
    await using program = runProgram(new URL('../fixtures/hungry.js', import.meta.url), {
      cwd: folder,
      env: { WHEN: when },
    });
    await program.printed(says);
    if (when === 'later') await program.printed(/^exit heap SIGABRT, status heap$/m);
  });
});

describe('the end of a process', () => {
  const V8 = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
  const at = { code: null, signal: null, stderr: [] as string[] };

  it.each([
    {
      what: 'V8',
      exit: { ...at, signal: 'SIGABRT', stderr: ['<--- Last few GCs --->', V8, ' 1: 0xb'] },
      is: 'heap',
    },
    { what: 'a code', exit: { ...at, code: 134, stderr: [V8] }, is: 'heap' },
    {
      what: 'a zone',
      exit: { ...at, signal: 'SIGTRAP', stderr: ['# Fatal process out of memory: Zone'] },
      is: 'heap',
    },
    {
      what: 'another abort',
      exit: { ...at, signal: 'SIGABRT', stderr: ['Aborted'] },
      is: undefined,
    },
    { what: 'an error that only says so', exit: { ...at, code: 1, stderr: [V8] }, is: undefined },
    { what: 'the kernel', exit: { ...at, signal: 'SIGKILL' }, oom: true, is: 'system' },
    { what: 'somebody', exit: { ...at, signal: 'SIGKILL' }, oom: false, is: undefined },
    {
      what: 'the primary',
      exit: { ...at, signal: 'SIGKILL' },
      killed: true,
      oom: true,
      is: undefined,
    },
  ])('by $what is told apart', ({ exit, is, killed = false, oom = false }) => {
    expect(outOfMemory(exit as never, killed, () => oom)).toBe(is);
  });

  it.each([
    [{ code: 1, signal: null }, 'exited with code 1'],
    [{ code: null, signal: null }, 'could not be started'],
    [{ code: null, signal: 'SIGTERM' }, 'was killed by SIGTERM'],
    [{ code: null, signal: 'SIGKILL', planned: true }, 'was killed by SIGKILL'],
    [{ code: null, signal: 'SIGKILL', planned: false }, /not by Muster; maybe by the kernel/],
    [
      { code: null, signal: 'SIGKILL', planned: false, expelled: 'its frames made no sense' },
      /^was killed by the primary: its frames made no sense$/,
    ],
    [{ code: null, signal: 'SIGKILL', outOfMemory: 'system' }, /out of memory: the kernel/],
    [
      { code: 134, signal: null, outOfMemory: 'heap' },
      /out of memory: its JavaScript heap .*code 134/,
    ],
  ])('in words: %j', (ending, text) => {
    expect(exitText(ending as never)).toMatch(text);
  });

  it('is looked up where the kernel counts, in either version of cgroups', () => {
    expect(cgroupFiles('0::/app.slice/x\n')[0]).toBe('/sys/fs/cgroup/app.slice/x/memory.events');
    expect(cgroupFiles('4:cpu,memory:/box\n0::/\n')).toContain(
      '/sys/fs/cgroup/memory/box/memory.oom_control',
    );
    let count: number | undefined = 3;
    const kills = new OomKills(() => count);
    expect(kills.take()).toBe(false);
    count = 5;
    expect([kills.take(), kills.take(), kills.take()]).toEqual([true, true, false]);
    count = undefined;
    expect(kills.take()).toBe(false);
  });
});
