// A process that is stopped, or killed, in the middle of a write.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSharedStore, type SharedStore } from '@muster/store';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../fixtures/stops-in-a-write.js', import.meta.url));
const root = await mkdtemp(join(tmpdir(), 'muster-lock-'));
let folder: string;
let tests = 0;
let store: SharedStore;
let stopped: ChildProcess;

beforeEach(async () => {
  folder = join(root, `test-${++tests}`);
  store = createSharedStore({ url: `lmdb:${folder}`, deadlineMs: 20_000 });
  await store.set('key', 1);
  stopped = spawn(process.execPath, [SCRIPT, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  await heard('in');
});
afterEach(async () => {
  stopped.kill('SIGKILL');
  await store.close();
});
afterAll(() => rm(root, { recursive: true }));

async function heard(word: string): Promise<void> {
  const [text] = await once(stopped.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  expect(String(text)).toBe(`${word}\n`);
}

/** How often the event loop of this process turned while `work` was under way. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await work.catch(() => {});
  clearInterval(timer);
  return turns;
}

it('does not hold up reads, not even in the process that sweeps', async () => {
  await using other = createSharedStore({ url: `lmdb:${folder}`, deadlineMs: 60_000 });
  // Long enough for the sweeper, which is in this process, to want to write.
  const until = performance.now() + 1_500;
  while (performance.now() < until) {
    expect(await other.get('key')).toBe(1);
    await new Promise(setImmediate);
  }
});

it('blocks nobody: writes end by their deadline, and nothing of them is applied later', async () => {
  await using hasty = createSharedStore({ url: `lmdb:${folder}`, deadlineMs: 1_000 });
  const late = hasty.set('key', 2);
  const turns = await turnsDuring(late);
  expect(turns).toBeGreaterThan(3);
  await expect(late).rejects.toMatchObject({
    code: 'MUSTER_DEADLINE_EXCEEDED',
    message: expect.stringContaining(`process ${stopped.pid}, which is stopped`),
  });
  expect(await store.get('key')).toBe(1);
  stopped.kill('SIGCONT');
  await heard('out');
  expect(await store.getMany(['key', 'stopped'])).toEqual([1, 1]);
});

it('those who have the time get their turn when it goes on, in their order', async () => {
  const calls = [store.increment('n'), store.get('n'), store.increment('n'), store.get('n')];
  // The event loop goes on meanwhile, or this would never come.
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setTimeout(resolve, 1));
  stopped.kill('SIGCONT');
  expect(await Promise.all(calls)).toEqual([1, 1, 2, 2]);
  expect(await store.get('stopped')).toBe(1);
});

it('what it held is free when it is killed, and its write was none', async () => {
  const waiting = store.increment('n');
  stopped.kill('SIGKILL');
  expect(await waiting).toBe(1);
  expect(await store.has('stopped')).toBe(false);
});

it('a process that starts meanwhile waits for its turn without blocking, too', async () => {
  const script = fileURLToPath(new URL('../fixtures/opens-and-counts.js', import.meta.url));
  const starting = spawn(process.execPath, [script], {
    env: { ...process.env, MUSTER_STORE_URL: `lmdb:${folder}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(starting, 'exit');
  await new Promise((resolve) => setTimeout(resolve, 50));
  stopped.kill('SIGCONT');
  expect(await exited).toEqual([0, null]);
  expect(await store.get('opened')).toBe(1);
});
