// A store whose files cannot be read is told like one that cannot be opened.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openExisting } from '@muster/store/care';
import { afterAll, expect, test } from 'vitest';

const folder = await mkdtemp(join(tmpdir(), 'muster-unreadable-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a file that cannot be read is an error of the store, as on opening it', async () => {
  // For root, who runs tests too, no mode makes a file unreadable. A folder in its place does.
  await mkdir(join(folder, 'origin'));
  const store = openExisting({ url: `lmdb:${folder}` });
  await expect(store.ready()).rejects.toMatchObject({
    code: 'MUSTER_STORE_UNREACHABLE',
    message: expect.stringContaining(`The embedded store at ${folder} cannot be opened`),
  });
  await store.close();
});
