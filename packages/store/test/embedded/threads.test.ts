// Worker threads and the embedded engine: refused with a reason, and nobody else notices.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createSharedStore } from '@muster/store';
import { afterAll, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../fixtures/in-threads.js', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'muster-threads-'));
const url = `lmdb:${join(folder, 'store')}`;
afterAll(() => rm(folder, { recursive: true }));

it('threads are refused with what to do, and stop no writer when they are terminated', async () => {
  const store = createSharedStore({ url });
  const running = promisify(execFile)(process.execPath, [script], {
    env: { ...process.env, MUSTER_STORE_URL: url },
  });
  let isRunning = true;
  const done = running.finally(() => {
    isRunning = false;
  });
  let writes = 0;
  while (isRunning) {
    expect(await store.increment('other')).toBe(++writes);
    await new Promise(setImmediate);
  }
  expect(JSON.parse((await done).stdout)).toEqual({
    told: [expect.stringMatching(/^MUSTER_STORE_IN_THREAD: .*open it in the main thread/)],
    sum: 9,
  });
  await store.close();
});
