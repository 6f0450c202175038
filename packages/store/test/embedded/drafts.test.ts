// While a store is made, another process removes nothing of it: the native part of lmdb crashes a process whose files go away.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { round } from '../../../../test/chaos/rounds.js';
// Not exported: how a draft is named.
import { draftPrefix, staleFolders } from '../../dist/embedded/files/folders.js';
import { ownFolder } from '../support/own-folder.js';

const own = await ownFolder();

it('leaves the draft of a process that is alive, and removes that of one that is gone', async () => {
  await mkdir(own.path, { recursive: true });
  const alive = `${draftPrefix(own.file('boot-0123456789abcdef'))}AbC123`;
  // A process with this one's id and another start time has ended, and one without a number is from an older version.
  const gone = [
    alive.replace(/\.(\d+)\./, (_, id) => `.${BigInt(id) ^ 1n}.`),
    own.file('boot-1.xyz'),
  ];
  for (const folder of [alive, ...gone]) await mkdir(folder);
  expect((await staleFolders(own.path)).sort()).toEqual([...gone].sort());
  await own.open().ready();
  expect(existsSync(alive)).toBe(true);
  expect(gone.map(existsSync)).toEqual([false, false]);
});

it('processes that open a new store at once all open it, time and again', async () => {
  const script = fileURLToPath(new URL('../fixtures/opens-new-stores.js', import.meta.url));
  const root = await mkdtemp(join(tmpdir(), 'muster-drafts-'));
  const processes = Array.from({ length: 6 }, () => fork(script));
  const ends = processes.map(async (child) => {
    const [code, signal] = await once(child, 'exit');
    return `ended with ${signal ?? code}`;
  });
  try {
    for (let n = 0; n < round({ short: 40, full: 1_000 }); n++) {
      const answers = processes.map((child, i) => {
        // Not once(): of the errors that it listens for, it would have one listener more each time.
        const answer = new Promise((resolve) => child.once('message', resolve));
        child.send(`lmdb:${root}/${n}`);
        return Promise.race([answer, ends[i]]);
      });
      expect(await Promise.all(answers)).toEqual(Array(6).fill('done'));
      await rm(join(root, String(n)), { recursive: true });
    }
  } finally {
    for (const child of processes) child.kill('SIGKILL');
    await rm(root, { recursive: true, force: true });
  }
});
