// What a worker that was taken over can do to its primary over the channel: be killed, and nothing else.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLoad } from '../../../../test/support/load.js';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { freePort } from '../../../../test/support/redis/free-port.js';

const FIXTURE = new URL('../fixtures/hostile-worker.js', import.meta.url);
const MOST_MB = 400;

let folder: string;
let program: Program;
let port: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-hostile-'));
});

afterEach(async () => {
  await program[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: object = {}): Promise<void> {
  port = await freePort();
  program = runProgram(FIXTURE, {
    cwd: folder,
    env: { PORT: String(port), CLUSTER_OPTIONS: JSON.stringify(options) },
    descriptors: 700,
  });
  await program.printed(/cluster is up/);
}

async function get(path: string): Promise<{ slot: number; pid: number; generation: number }> {
  // The next one, to the next worker.
  const headers = { connection: 'close' };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  return (await response.json()) as { slot: number; pid: number; generation: number };
}

const attack = (how: string) => get(`/attack?with=${encodeURIComponent(how)}`);

/** What the primary says of itself, after all that it was sent before. */
async function primary(): Promise<{ megabytes: number; files: number }> {
  const before = program.output().length;
  program.kill('SIGUSR2');
  const said = /primary has (\d+) MB and (\d+) files/;
  await expect.poll(() => program.output().slice(before)).toMatch(said);
  const [, megabytes, files] = said.exec(program.output().slice(before)) ?? [];
  return { megabytes: Number(megabytes), files: Number(files) };
}

/** Both workers answer, whichever they are. */
async function bothServe(): Promise<void> {
  const seen = new Set<number>();
  await expect
    .poll(
      async () => {
        seen.add((await get('/who').catch(() => ({ slot: -1 }))).slot);
        return seen.has(0) && seen.has(1);
      },
      { timeout: 20_000 },
    )
    .toBe(true);
}

const REFUSED = [
  ['a port that is none', 'a server at no address'],
  ['a type that is none', 'a server at no address'],
  ['the same server twice', 'a server that it has'],
  ['a server that is closed before it listens', 'the end of a server'],
  ['an empty path', 'a server at no address'],
  ["a file of the primary's own", 'a server at no address'],
  ['an act of every object', 'a message that node:cluster does not know'],
  ['a handle of no type', 'a handle'],
  ['the news of a handle without one', 'a handle'],
  ['the acknowledgement of nothing', 'an acknowledgement'],
  ['the refusal of nothing', 'an acknowledgement'],
  ['a thousand addresses', 'more than 256 addresses that it says to listen on'],
  ['answers for the others', 'an answer to what it was not asked'],
] as const;

describe('a worker that sends what is refused', () => {
  // Of each worker the first refusal is logged, so each of them tries another thing.
  it('is not heard, and all serve', async () => {
    const workers = REFUSED.length + 1;
    await start({ workers });
    for (const [how, said] of REFUSED) {
      const { slot } = await attack(how);
      await program.printed(new RegExp(`refused: worker ${slot} .* ${said}`));
    }
    // Two of them have ended themselves: Node asserts that whoever sends a handle gets an answer that it asked for.
    const serving = new Set<number>();
    await expect.poll(async () => serving.add((await get('/who')).slot).size).toBe(workers);
    expect(program.output()).not.toContain('worker.expelled');
    expect(program.output().match(/refused: worker /g)).toHaveLength(REFUSED.length);
  });
});

describe('a worker that sends what no worker sends', () => {
  it.each([
    ['a line that is no JSON', /expelled: .* cannot be read/],
    ['bytes that are no text', /expelled: .* cannot be read/],
    ['a depth without end', /expelled: .* nested too deeply/],
    ['a message without end', /expelled: .* more than 64 MB/],
    ['refusals for ever', /expelled: .* 100 of its messages were refused/],
    ['500 sockets', /expelled: .* 100 of its messages were refused, the last: a handle/],
    ['goodbyes that it does not read', /expelled: .* does not read/],
    ['questions that it does not read', /expelled: .* does not read/],
  ])('%s: is killed and replaced, while the other serves', async (how, said) => {
    await start();
    const before = await primary();
    const { slot } = await attack(how);
    const load = startLoad(port, '/who', 2);
    await program.printed(said);
    await program.printed(
      new RegExp(`worker\\.exit: worker ${slot} .* was killed by the primary: `),
    );
    await program.printed(new RegExp(`worker\\.ready: worker ${slot} .*generation 2`));
    await bothServe();
    expect((await load.stop()).answered).toBeGreaterThan(0);
    const after = await primary();
    expect(after.megabytes).toBeLessThan(MOST_MB);
    expect(after.files).toBeLessThan(before.files + 50);
  });

  it('data for other workers that cannot be sent: the others start all the same', async () => {
    await start();
    await attack('data that cannot be sent on');
    await bothServe();
    program.kill('SIGHUP');
    await program.printed(/worker\.ready: worker 0 .*generation 2/);
    await program.printed(/worker\.ready: worker 1 .*generation 2/);
    await bothServe();
  });

  it.each([
    ['3,000 servers', {}, 200],
    // A share of the descriptors, which are few here (extensions/sticky/sticky-limits.ts).
    ['600 sticky servers', { sticky: { by: 'ip' } }, 40],
  ])(
    '%s: has as many as a worker may, and the primary files for others',
    async (how, options, files) => {
      await start(options);
      await attack(how);
      await expect.poll(async () => (await primary()).files).toBeGreaterThan(files);
      expect(await get('/who')).toMatchObject({ generation: 1 });
      program.kill('SIGHUP');
      await program.printed(/worker\.ready: worker 0 .*generation 2/);
      await program.printed(/worker\.ready: worker 1 .*generation 2/);
      await expect.poll(() => get('/who')).toMatchObject({ generation: 2 });
      await expect.poll(async () => (await primary()).files).toBeLessThan(400);
    },
  );
});
