import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLoad } from '../../../../test/support/load.js';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { onFreePort } from '../../../../test/support/redis/free-port.js';

const SERVER = new URL('../fixtures/server.js', import.meta.url);
const WORKERS = 3;

describe('under load', () => {
  let folder: string;
  let program: Program;
  let port: number;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-load-'));
    const options = { workers: WORKERS, restart: { maxDelayMs: 100 } };
    await onFreePort(async (free) => {
      port = free;
      const env = { PORT: String(port), CLUSTER_OPTIONS: JSON.stringify(options) };
      program = runProgram(SERVER, { cwd: folder, env });
      await program.printed(/cluster is up/);
    });
  });

  afterEach(async () => {
    await program[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Ends the worker of each slot in turn, each when the successor of the one before it is ready. */
  async function endWorkers(times: number, signal: NodeJS.Signals) {
    for (let round = 0; round < times; round++) {
      const slot = round % WORKERS;
      const ready = program
        .output()
        .matchAll(new RegExp(`^(?:started|ready) ${slot}\\.(\\d+) pid (\\d+)$`, 'gm'));
      const [, generation, pid] = [...ready].at(-1) ?? [];
      process.kill(Number(pid), signal);
      await program.printed(new RegExp(`^ready ${slot}\\.${Number(generation) + 1} pid`, 'm'));
    }
  }

  it('a worker that is asked to end, while others serve, costs no request', async () => {
    const load = startLoad(port, '/who', 12);
    await endWorkers(4, 'SIGTERM');
    const { answered, failures } = await load.stop();
    expect(failures).toEqual({});
    expect(answered).toBeGreaterThan(100);
  });

  it('a worker that is killed costs the requests that it had, and leaves none without an end', async () => {
    const load = startLoad(port, '/who', 12);
    await endWorkers(5, 'SIGKILL');
    const { answered, failures } = await load.stop();
    expect(failures).not.toHaveProperty('TIMEOUT');
    expect(Object.keys(failures).filter((code) => code !== 'ECONNRESET')).toEqual([]);
    expect(answered).toBeGreaterThan(100);
  });
});
