import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharedStore } from '@muster/store';
import { expect, it, onTestFinished } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';

const PROCESSES = 6;

it.runIf(process.platform === 'linux')('fails in a folder that takes none', async () => {
  const store = createSharedStore({ url: 'lmdb:/proc/nope/store' });
  onTestFinished(() => store.close());
  await expect(store.get('key')).rejects.toMatchObject({ code: 'MUSTER_STORE_UNREACHABLE' });
});

it('is made once by processes that open it at the same moment, while others write', async () => {
  for (let round = 0; round < 3; round++) {
    const folder = await mkdtemp(join(tmpdir(), 'muster-opening-'));
    const url = `lmdb:${join(folder, 'store')}`;
    const programs = Array.from({ length: PROCESSES }, () =>
      runProgram(new URL('../fixtures/opens-and-counts.js', import.meta.url), {
        env: { MUSTER_STORE_URL: url },
      }),
    );
    await Promise.all(programs.map(({ exited }) => exited));
    expect(programs.map((program) => program.output())).toEqual(Array(PROCESSES).fill('done\n'));
    const store = createSharedStore({ url });
    expect(await store.get('opened')).toBe(PROCESSES);
    await store.close();
    await rm(folder, { recursive: true });
  }
});
