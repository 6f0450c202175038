// Starts a program and waits until it serves.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reasonOf } from '@muster/codec/thrown';
import { TestProgramError } from '../errors.js';
import type { Program, ProgramOptions } from '../testing.js';
import { addressOfPort } from './address.js';
import { resolveStart } from './command.js';
import { spawnGroup } from './process-group.js';
import { RunningProgram } from './running-program.js';

/**
 * Starts a program as in production, in processes of its own, and resolves when every worker of its cluster serves.
 *
 * ```js
 * await using shop = await startProgram('server.js', { env: { PORT: '0' } });
 * await shop.kill(0);
 * const response = await fetch(shop.url);
 * ```
 *
 * @param program a file for Node that calls `startCluster()`, as a path or URL, or a command, such as
 *   `['muster', 'start', 'server.js']`. The folders `node_modules/.bin` above `cwd` are in its PATH
 * @throws InvalidOptionError
 * @throws TestProgramError `ended`, `late` or `not-started`; nothing is left running
 */
export async function startProgram(
  program: string | URL | readonly string[],
  options: ProgramOptions = {},
): Promise<Program> {
  // Short: the path of a socket may have a hundred bytes.
  const runtimeDir = await realpath(await mkdtemp(join(tmpdir(), 'mt-')));
  let running: RunningProgram | undefined;
  try {
    const { command, ready, readyTimeoutMs } = resolveStart(program, options, runtimeDir);
    const child = spawnGroup(command);
    const name = program instanceof URL ? program.pathname : [program].flat().join(' ');
    if (child.pid === undefined) {
      const cause = await new Promise<Error>((resolve) => child.once('error', resolve));
      throw new TestProgramError('not-started', `${name} was not started: ${reasonOf(cause)}`, '', {
        cause,
      });
    }
    running = new RunningProgram(name, child, runtimeDir);
    const timeout = { timeoutMs: readyTimeoutMs };
    if (ready === 'serving') await running.serving(timeout);
    else if (ready !== 'spawned') {
      const [, port] = await running.printed(ready, timeout);
      running.serveAt(addressOfPort(port));
    }
    return running;
  } catch (error) {
    if (running) await running[Symbol.asyncDispose]();
    else await rm(runtimeDir, { recursive: true, force: true });
    throw error;
  }
}
