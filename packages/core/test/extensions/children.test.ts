// What a worker had started ends with it, and nothing else does.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aliveAmong } from '../../../../test/support/processes.js';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { killMarked } from '../../dist/extensions/children/kill-marked.js';
import { findMarked, isStill } from '../../dist/extensions/children/marked-processes.js';

let folder: string;
let program: Program;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-children-'));
});

afterEach(async () => {
  // They hold its output: it would not be over before them.
  for (const pid of aliveAmong(helpers())) process.kill(pid, 'SIGKILL');
  await program?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** All that were ever started. */
function helpers(): number[] {
  return [...(program?.output() ?? '').matchAll(/^helper (\d+)$/gm)].map(([, pid]) => Number(pid));
}

const PER_WORKER = 3;

async function run(options: object = {}) {
  program = runProgram(new URL('../fixtures/parents.js', import.meta.url), {
    cwd: folder,
    env: { CLUSTER_OPTIONS: JSON.stringify(options) },
  });
  await program.printed(/cluster is up/);
  await haveStarted(PER_WORKER);
}

const haveStarted = (count: number) =>
  vi.waitFor(() => expect(helpers()).toHaveLength(count), 20_000);
const areAlive = (count: number) =>
  vi.waitFor(() => expect(aliveAmong(helpers())).toHaveLength(count), 20_000);

async function reload(generation: number) {
  program.kill('SIGHUP');
  await program.printed(new RegExp(`^ready ${generation} `, 'm'));
  await haveStarted(generation * PER_WORKER);
  await vi.waitFor(
    () => expect(program.output().match(/^reloaded$/gm)).toHaveLength(generation - 1),
    20_000,
  );
}

describe('what a worker had started', () => {
  it('is ended with it by each reload, and by the stop', async () => {
    await run();
    for (const generation of [2, 3, 4]) {
      await reload(generation);
      await areAlive(PER_WORKER);
      // Those of the newest.
      expect(aliveAmong(helpers()).every((pid) => helpers().slice(-PER_WORKER).includes(pid))).toBe(
        true,
      );
    }
    program.kill('SIGTERM');
    expect((await program.exited).code).toBe(0);
    expect(aliveAmong(helpers())).toEqual([]);
  });

  it.each(['crashed', 'was killed'])('is ended where it %s', async (how) => {
    await run();
    const [, pid] = await program.printed(/worker 0 \(pid (\d+), generation 1\) is ready/);
    if (how === 'was killed') process.kill(Number(pid), 'SIGKILL');
    else {
      const [, port] = await program.printed(/^port (\d+)/m);
      await fetch(`http://127.0.0.1:${port}/throw`).catch(() => {});
    }
    await program.printed(/^ready 2 /m);
    await haveStarted(2 * PER_WORKER);
    await areAlive(PER_WORKER);
    expect(aliveAmong(helpers()).sort()).toEqual(helpers().slice(-PER_WORKER).sort());
    await program.printed(
      /that worker 0 \(generation 1\) had started were ended with it: \d+, \d+, \d+/,
    );
  });

  it("is left with children: 'leave'", async () => {
    await run({ children: 'leave' });
    await reload(2);
    program.kill('SIGTERM');
    // A helper holds the output of the program: its end is seen by its process.
    await vi.waitFor(() => expect(aliveAmong([Number(program.pid)])).toEqual([]), 20_000);
    expect(aliveAmong(helpers())).toHaveLength(2 * PER_WORKER);
  });
});

describe('processes with a mark', () => {
  const sleeper = async (env: Record<string, string>) => {
    const child = spawn(
      process.execPath,
      ['-e', 'console.log("up"); setInterval(() => {}, 1_000)'],
      {
        env: { PATH: process.env.PATH, ...env },
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    await new Promise((resolve) => child.stdout.once('data', resolve));
    return child;
  };

  it('are found by the whole of it, and ended alone', async () => {
    const mark = `m${process.pid}.1`;
    const marked = await sleeper({ TEST_MARK: mark });
    const longer = await sleeper({ TEST_MARK: `${mark}2` });
    const other = await sleeper({ OTHER_TEST_MARK: mark });
    try {
      const found = await findMarked(`TEST_MARK=${mark}`);
      expect(found.map(({ pid }) => pid)).toEqual([marked.pid]);
      const [one] = found;
      if (!one) throw new Error('none');
      expect(await isStill(one, `TEST_MARK=${mark}`)).toBe(true);
      expect(await isStill({ ...one, start: '1' }, `TEST_MARK=${mark}`)).toBe(false);
      expect(await killMarked(`TEST_MARK=${mark}`)).toEqual({ pids: [marked.pid], left: [] });
      const alive = aliveAmong([marked.pid, longer.pid, other.pid].map(Number));
      // Process ids begin anew when the system has used the last one.
      expect(new Set(alive)).toEqual(new Set([longer.pid, other.pid]));
      expect(await killMarked('TEST_MARK=nobody')).toEqual({ pids: [], left: [] });
    } finally {
      for (const child of [marked, longer, other]) child.kill('SIGKILL');
    }
  });
});
