// What a worker printed is never lost, however it ends and whoever reads.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isAlive, type Program, runProgram } from '../../../../test/support/program.js';
import { openTerminal } from '../../../../test/support/terminal/terminal.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const FIXTURE = fixture('prints-and-ends.js');
const COMMAND = fileURLToPath(new URL('../../lib/command/main.js', import.meta.url));

let folder: string;
const programs: Program[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-output-'));
});

afterEach(async () => {
  for (const program of programs.splice(0)) await program[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function run(env: Record<string, string>) {
  const program = runProgram(FIXTURE, { cwd: folder, env });
  programs.push(program);
  return program;
}

/** Every byte: two processes, or two pipes, may meet in the middle of a line. */
function expectAll(output: string) {
  const count = (letter: string) => output.split(letter).length - 1;
  expect(count('x')).toBeGreaterThanOrEqual(2 * 400 * 4_000);
  expect(count('B')).toBeGreaterThanOrEqual(2 ** 20);
  expect(output).toContain('FATAL on stdout');
  expect(output).toContain('FATAL on stderr');
}

/** The worker's own line: that of the primary, "cluster is up", may come before it. */
const PORT = /port (\d+)\n/;
const isUp = (output: string) => output.includes('cluster is up') && PORT.test(output);

const ask = async (output: string) => {
  const [, port] = output.match(PORT) ?? [];
  await fetch(`http://127.0.0.1:${port}/`).catch(() => {});
};

describe.each(['inherit', 'prefix'])('with logs: %s, what a worker printed', (logs) => {
  const CLUSTER_OPTIONS = JSON.stringify({ logs });

  it.each(['exit', 'throw', 'abort', 'kill'])(
    'is all there after its end by %s',
    async (ENDING) => {
      const program = run({ ENDING, CLUSTER_OPTIONS });
      await program.printed(/cluster is up/);
      await program.printed(PORT);
      await ask(program.output());
      expect(await program.exited).toEqual({ code: 0, signal: null });
      expectAll(program.output());
      if (ENDING === 'throw') expect(program.output()).toContain('thrown as the last word');
    },
  );

  it('is all there where the primary was busy', async () => {
    const program = run({ ENDING: 'exit', CLUSTER_OPTIONS });
    await program.printed(/cluster is up/);
    await program.printed(PORT);
    program.kill('SIGUSR2');
    await ask(program.output());
    await program.exited;
    expectAll(program.output());
  });

  it('is all there in a file', async () => {
    const file = await open(join(folder, 'log'), 'a');
    const child = spawn(process.execPath, [FIXTURE], {
      cwd: folder,
      env: { ...process.env, ENDING: 'exit', CLUSTER_OPTIONS },
      stdio: ['ignore', file.fd, file.fd],
    });
    const text = () => readFile(join(folder, 'log'), 'utf8');
    await vi.waitFor(async () => expect(isUp(await text())).toBe(true), 20_000);
    await ask(await text());
    await once(child, 'exit');
    await file.close();
    expectAll(await text());
  });

  it('is all there where its reader was slow, and slows no worker for long', async () => {
    const child = spawn(process.execPath, [FIXTURE], {
      cwd: folder,
      env: { ...process.env, ENDING: 'exit', CLUSTER_OPTIONS },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    const read = (chunk: Buffer) => {
      text += chunk;
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    await vi.waitFor(() => expect(isUp(text)).toBe(true), 20_000);
    child.stdout.pause();
    child.stderr.pause();
    // Its answer comes while nobody reads.
    await ask(text);
    child.stdout.resume();
    child.stderr.resume();
    await once(child, 'close');
    expectAll(text);
  });
});

describe('a terminal that is closed', () => {
  it.each(['muster start', 'node'])('ends no program of %s by an exception', async (how) => {
    const notes = join(folder, 'notes');
    const noted = () => readFile(notes, 'utf8').catch(() => '');
    const env = { NOTES: notes, MUSTER_RUNTIME_DIR: join(folder, 'run') };
    const terminal = await openTerminal({ cwd: folder, env });
    const program =
      how === 'node'
        ? [fixture('chatty-cluster.js')]
        : [COMMAND, 'start', '-w', '1', fixture('chatty.js')];
    await terminal.enter(['node', ...program].map((part) => `'${part}'`).join(' '));
    await terminal.shows(/tick/);
    await vi.waitFor(async () => expect(await noted()).toMatch(/runs 1/), 20_000);
    await terminal[Symbol.asyncDispose]();
    const pids = [...(await noted()).matchAll(/^(\d+) /gm)].map(([, pid]) => Number(pid));
    const primary = Number((await noted()).match(/parent (\d+)/)?.[1]);
    try {
      if (how === 'node') {
        // SIGHUP reloads it: it goes on, unseen, until somebody stops it.
        await vi.waitFor(async () => expect(await noted()).toMatch(/runs 2/), 20_000);
        process.kill(primary, 'SIGTERM');
      }
      await vi.waitFor(() => expect(isAlive(primary)).toBe(false), 20_000);
      expect(await noted()).not.toContain('uncaught');
      expect(await noted()).toMatch(/exits with 0/);
      expect(await noted()).not.toMatch(/exits with [1-9]/);
    } finally {
      for (const pid of [...pids, primary].filter(isAlive)) process.kill(pid, 'SIGKILL');
    }
  });
});
