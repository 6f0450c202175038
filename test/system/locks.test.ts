import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

test('what a worker held that is killed is free for the others at once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'muster-locks-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const script = fileURLToPath(new URL('fixtures/dying-holder.js', import.meta.url));
  const child = spawn(process.execPath, [script], {
    cwd: folder,
    env: { ...process.env, MUSTER_STORE_URL: `lmdb:${folder}/store` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await exited;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('got it')) return;
  }
  expect.unreachable('the cluster ended before');
});
