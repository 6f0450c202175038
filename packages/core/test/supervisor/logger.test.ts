import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';

it.each([
  ['throws', 'Error: the disk is full'],
  ['rejects', 'Error: the disk is full'],
  ['throws what has no text', 'what has no text'],
  ['rejects with what has no text', 'what has no text'],
])(
  'a logger that %s costs nobody anything: its lines are on stderr, and the crashed worker is replaced',
  async (mode, why) => {
    const cwd = await mkdtemp(join(tmpdir(), 'muster-logger-'));
    onTestFinished(() => rm(cwd, { recursive: true, force: true }));
    const fixture = new URL('../fixtures/logger.js', import.meta.url);
    await using program = runProgram(fixture, { cwd, env: { MODE: mode } });
    await program.printed(/^cluster is up$/m);
    await program.printed(
      new RegExp(`^muster: worker 0 .* exited with code 3 \\(the logger failed: ${why}\\)`, 'm'),
    );
    await program.printed(/^muster: worker 0 \(pid \d+, generation 2\) is ready/m);
    // What the hooks throw is told in the same way.
    expect(program.output()).toContain('the hook onWorkerExit failed; supervision goes on');
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  },
);
