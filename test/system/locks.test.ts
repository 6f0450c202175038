import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { runProgram } from '../support/program.js';

const HOLDER = new URL('fixtures/dying-holder.js', import.meta.url);

test.each(['embedded', 'redis'])(
  'what a worker held that is killed is free for the others at once (%s)',
  async (engine) => {
    const folder = await mkdtemp(join(tmpdir(), 'muster-locks-'));
    await using _ = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
    const url = engine === 'redis' ? inject('redisUrl') : `lmdb:${folder}/store`;
    await using program = runProgram(HOLDER, {
      cwd: folder,
      env: { MUSTER_STORE_URL: url, SCOPE: randomUUID() },
    });
    // Held for an hour: no lease that runs out gives it to who waits.
    await program.printed(new RegExp(`^got it on ${engine}$`, 'm'));
    await program.printed(/^free when the exit was told$/m);
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  },
);
