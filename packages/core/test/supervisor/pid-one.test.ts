/**
 * A cluster as PID 1, as in a container: in a PID namespace of its own, where this process may make one. Where it may not
 * (not Linux, or namespaces are forbidden), the same checks are made of an ordinary process, and that is printed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { childrenOf, zombiesOf } from '../../../../test/support/processes.js';
import { isAlive, Program, withoutMuster } from '../../../../test/support/program.js';
import { onFreePort } from '../../../../test/support/redis/free-port.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/pid-one.js', import.meta.url));
const UNSHARE = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

/** What makes the next process PID 1, or nothing. As root, else as root of a user namespace. */
const prefix =
  [UNSHARE, [...UNSHARE, '--map-root-user']].find(
    ([command = '', ...args]) =>
      spawnSync(command, [...args, 'sh', '-c', 'test $$ = 1']).status === 0,
  ) ?? [];
const isInit = prefix.length > 0;
console.log(isInit ? prefix.join(' ') : 'No PID namespace can be made here: not run as PID 1.');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-pid-one-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = () => onFreePort(startOn);

async function startOn(port: number) {
  const [command = '', ...args] = [...prefix, process.execPath, FIXTURE];
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...withoutMuster(process.env), PORT: String(port), MUSTER_RUNTIME_DIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const program = new Program(FIXTURE, child);
  const [, pid] = await program.printed(/^up as (\d+)$/m);
  if (isInit) expect(pid).toBe('1');
  /** As it is known outside of its namespace. */
  const primary = isInit ? childrenOf(Number(program.pid))[0] : program.pid;
  const ask = (path: string) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } }).then((one) =>
      one.text(),
    );
  return { program, primary: Number(primary), ask };
}

describe(`a cluster as ${isInit ? 'PID 1' : 'an ordinary process, for want of a PID namespace'}`, () => {
  it('reaps its workers, and is not disturbed by orphans that are given to it', async () => {
    const { program, primary, ask } = await start();
    await using _ = program;
    // Its last child is the guardian; the others are workers.
    const workers = childrenOf(primary).slice(0, -1);
    expect(workers).toHaveLength(2);
    for (const [slot, pid] of workers.entries()) {
      process.kill(pid, 'SIGKILL');
      await program.printed(new RegExp(`^ready ${slot}\\.2$`, 'm'));
    }
    expect(zombiesOf(primary)).toEqual([]);

    expect(await ask('/orphan')).toMatch(/^\d+\n$/);
    // Node reaps only what it has started itself: docs/guide/deploying.md says what to do where that matters.
    if (isInit) await vi.waitFor(() => expect(zombiesOf(primary)).toHaveLength(1), 10_000);
    expect(await ask('/')).toBe('served');
    process.kill(primary, 'SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it('drains on SIGTERM, and has each worker hear of it once', async () => {
    const { program, primary, ask } = await start();
    await using _ = program;
    const asked = ask('/until-drained');
    await program.printed(/a request waits on/);
    process.kill(primary, 'SIGTERM');
    expect(await asked).toBe('whole');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(heardIn(program.output())).toEqual(ONCE_EACH);
    expect(drainedIn(program.output())).toEqual(['drained 0', 'drained 1']);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'drains once where every process gets the %s, as from a terminal',
    async (signal) => {
      const { program, ask } = await start();
      await using _ = program;
      const asked = ask('/until-drained');
      await program.printed(/a request waits on/);
      process.kill(-Number(program.pid), signal);
      expect(await asked).toBe('whole');
      expect(await program.exited).toEqual({ code: 0, signal: null });
      expect(heardIn(program.output())).toEqual(ONCE_EACH);
      expect(drainedIn(program.output())).toEqual(['drained 0', 'drained 1']);
      expect(program.output()).not.toMatch(/^ready \d\.2$/m);
    },
  );

  it('is forced by a second SIGTERM, and leaves nothing', async () => {
    const { program, primary, ask } = await start();
    await using _ = program;
    const asked = ask('/for-ever').catch(() => 'cut off');
    await program.printed(/a request waits on/);
    const children = childrenOf(primary);
    process.kill(primary, 'SIGTERM');
    await program.printed(/^drained \d$/m);
    process.kill(primary, 'SIGTERM');
    expect(await program.exited).toEqual({ code: 1, signal: null });
    expect(await asked).toBe('cut off');
    await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), 10_000);
  });
});

/** From the drain: what a signal to the process itself tells the primary, its listeners do not hear. */
const ONCE_EACH = ['worker 0 heard SIGTERM', 'worker 1 heard SIGTERM'];

function heardIn(output: string): string[] {
  return (output.match(/^worker \d heard \w+$/gm) ?? []).sort();
}

/** Each line of a worker that has drained. */
const drainedIn = (output: string) => output.match(/^drained \d$/gm)?.sort();
