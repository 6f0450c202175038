// Processes that cannot open a file: they must not take others for dead, nor end by it after a write.
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { platform } from 'node:os';
import { expect, it, vi } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';
import { closeEnvironment, openEnvironment } from '../../dist/embedded/lmdb/environment.js';
import { WORD } from '../../dist/embedded/shared-memory/shared-page.js';
import { ownFolder } from '../support/own-folder.js';
import type { WorkerProcess } from '../support/worker-process.js';

const PATIENCE = { timeout: 20_000 };
const OPTIONS = { durability: 'process', deadlineMs: 60_000, maxBytes: 1024 ** 3 } as const;
const own = await ownFolder();

async function watched(): Promise<(readonly string[] | 'reset')[]> {
  const store = own.open();
  const told: (readonly string[] | 'reset')[] = [];
  await store
    .namespace('processes')
    .watch({ prefix: '' }, (change) => told.push(change.type === 'reset' ? 'reset' : [change.key]));
  return told;
}

/** From now on, the process can open nothing. What it has open stays. */
function exhaust({ pid }: WorkerProcess): void {
  execFileSync('prlimit', ['--pid', String(pid), '--nofile=3:']);
}

it.runIf(platform() === 'linux')('a sweeper without descriptors forgets nobody', async () => {
  const sweeper = await own.start();
  const environment = await openEnvironment(own.path, OPTIONS);
  const beats = (): number => Atomics.load(environment.page.words, WORD.sweeperBeat);
  await vi.waitFor(() => expect(beats()).toBeGreaterThan(0), PATIENCE);
  const told = await watched();
  const other = await own.start();
  exhaust(sweeper);
  // Every tenth time it looks whether the others live.
  const before = beats();
  await vi.waitFor(() => expect(beats()).toBeGreaterThan(before + 20), PATIENCE);
  await closeEnvironment(environment);
  await other.order('set', { key: 'a', value: 1 });
  await vi.waitFor(() => expect(told.flat()).toEqual(['a']), PATIENCE);
});

it('a bell that cannot be opened ends no writer', async () => {
  const writer = await own.start();
  // For root, too.
  await mkdir(own.file('bell'));
  const told = await watched();
  for (let n = 0; n < 3; n++) {
    await writer.order('set', { key: `k${n}`, value: n });
    await vi.waitFor(() => expect(told.flat()).toContain(`k${n}`), PATIENCE);
  }
});

it.runIf(platform() === 'linux')(
  'a store that can open some of its files and not all says so, and opens when it can',
  async () => {
    await using program = runProgram(new URL('../fixtures/few-descriptors.js', import.meta.url), {
      args: [own.path],
      descriptors: 100,
    });
    // LMDB would have ended it with SIGSEGV.
    expect(await program.exited).toMatchObject({ code: 0, signal: null });
    const tried = program.output().trim().split('\n');
    const outcomes = tried.map((line) => JSON.parse(line) as [string, string, string]);
    for (const [first, second, later] of outcomes) {
      expect([first, second]).toEqual(
        first === 'written' ? ['written', 'written'] : [refusal, refusal],
      );
      expect(later).toBe('written');
    }
    expect(outcomes[0]?.[0]).not.toBe('written');
    expect(outcomes.at(-1)?.[0]).toBe('written');
  },
);

const refusal = expect.stringMatching(/^MUSTER_STORE_UNREACHABLE: .*EMFILE.*ulimit -n/);
