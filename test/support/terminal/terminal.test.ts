import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findTmux } from './find-tmux.js';

test('where there is no tmux, and nothing to unpack one with, the error says what to do', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'muster-tmux-'));
  await expect(findTmux({ path: empty, cacheFolder: empty })).rejects.toThrow(
    /The tests need tmux, and found none in .*: no apt-get .* Install tmux\.$/,
  );
  await rm(empty, { recursive: true });
});
