// What a worker that was taken over can do by the bus: be killed and replaced, and nothing to the others.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const FIXTURE = fileURLToPath(new URL('../fixtures/hostile-bus.js', import.meta.url));

/** What the primary may have taken at its highest, for a message of any length, a credit and itself. */
const MOST_PRIMARY_MB = 600;
/** The same of a worker, to which others sent. */
const MOST_WORKER_MB = 300;

/** For a machine that is busy with other things. */
const TIMEOUT_MS = 100_000;

interface Report {
  /** What worker 2 heard last of worker 1, and what was not the next one. */
  last: number;
  wrong: string[];
  ownMb: number;
  /** Of worker 0, when it is ready. */
  generation: number;
  primaryMb: number;
}

let folder: string;
let cluster: ChildProcess;
let output = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-hostile-bus-'));
  cluster = fork(FIXTURE, {
    execArgv: [],
    cwd: folder,
    env: { ...process.env, UNBLOCK: join(folder, 'unblock') },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [cluster.stdout, cluster.stderr]) {
    stream?.on('data', (data) => {
      output += data;
    });
  }
  const [said] = await once(cluster, 'message');
  expect(said).toBe('up');
});

afterAll(async () => {
  await writeFile(join(folder, 'unblock'), '');
  const gone = once(cluster, 'exit');
  cluster.kill('SIGTERM');
  await gone;
  await rm(folder, { recursive: true, force: true });
});

async function report(): Promise<Report> {
  const answer = once(cluster, 'message');
  cluster.send({});
  return (await answer)[0];
}

const expelled = () => output.match(/worker\.expelled: .*/g) ?? [];

/** Worker 2 hears more of worker 1: the primary and both of them go on. */
async function goesOn(since: number): Promise<Report> {
  await expect
    .poll(async () => (await report()).last, { timeout: TIMEOUT_MS })
    .toBeGreaterThan(since + 20);
  return report();
}

// One after the other in one cluster: whatever one left behind is there for the next one.
it.each([
  ['5,000 patterns', undefined],
  ['200 frames that recall', undefined],
  ['topics of 1 MB', /frames made no sense/],
  ['forged counts', /frames made no sense/],
  ['deep JSON', /nested too deeply/],
  ['a deep message', undefined],
  ['a frame of 200 MB', /more than 4 MB/],
  ['retained values without an end', /beyond the length of any/],
  ['messages without an end', /beyond the length of any/],
  ['replies to one that does not read', /beyond its credit/],
  ['cancels to one that does not read', /beyond its credit/],
])(
  '%s: no neighbour loses a message, and the primary holds little',
  async (attack, why) => {
    const ends = expelled().length;
    const before = await goesOn(0);
    cluster.send({ attack });
    if (why === undefined) await goesOn(before.last);
    else {
      await expect.poll(() => expelled().length, { timeout: TIMEOUT_MS }).toBeGreaterThan(ends);
      expect(expelled().at(-1)).toMatch(why);
      await expect
        .poll(async () => (await report()).generation, { timeout: TIMEOUT_MS })
        .toBeGreaterThan(before.generation);
    }
    const after = await goesOn(before.last);
    expect(after.wrong).toEqual([]);
    expect(after.primaryMb).toBeLessThan(MOST_PRIMARY_MB);
    expect(after.ownMb).toBeLessThan(MOST_WORKER_MB);
    expect(cluster.exitCode).toBe(null);
  },
  4 * TIMEOUT_MS,
);
