// A role under a real load: from one worker to four, and back.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { round } from '../../../../test/chaos/rounds.js';
import { createClient } from '../../../../test/support/http-client.js';
import { startLoad } from '../../../../test/support/load.js';
import { type Program, runProgram } from '../../../../test/support/program.js';
import { onFreePort } from '../../../../test/support/redis/free-port.js';

const SIZE = round({
  short: { upAfterMs: 1_500, downAfterMs: 1_500, computes: false, holdMs: 0 },
  full: { upAfterMs: 5_000, downAfterMs: 10_000, computes: true, holdMs: 30_000 },
});
/** Milliseconds between the requests of a role that has little to do. */
const PAUSE_MS = 200;

let folder: string;
let program: Program;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mu-scale-'));
  const { upAfterMs, downAfterMs, computes } = SIZE;
  const workers = { min: 1, max: 4, upAt: 0.8, downAt: 0.7, upAfterMs, downAfterMs };
  await onFreePort(async (free) => {
    port = free;
    const env = { PORT: String(port), WORKERS: JSON.stringify(workers), COMPUTES: `${computes}` };
    program = runProgram(new URL('../fixtures/autoscale.js', import.meta.url), {
      cwd: folder,
      env,
    });
    await program.printed(/cluster is up/);
  });
});

afterAll(async () => {
  await program[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** How often the number of workers changed, and how. */
const changes = () =>
  [...program.output().matchAll(/^scaled (\d) to (\d): (.*)$/gm)].map(([, from, to, reason]) => ({
    from: Number(from),
    to: Number(to),
    reason,
  }));

it('grows with the load and shrinks after it, without a dropped request', async () => {
  const load = startLoad(port, '/busy', 12);
  await program.printed(/^scaled \d to 4/m);
  await delay(SIZE.holdMs);
  const { answered, failures } = await load.stop();
  expect(failures).toEqual({});
  expect(answered).toBeGreaterThan(50);
  for (const { from, to, reason } of changes()) {
    expect(to).toBeGreaterThan(from);
    expect(reason).toMatch(/^\d workers? w(as|ere) \d+ % busy over [\d.]+ s, more than 80 %$/);
  }

  // Somebody asks, all the time.
  const client = createClient(port);
  let isDown = false;
  const down = program.printed(/^scaled 2 to 1/m).finally(() => {
    isDown = true;
  });
  while (!isDown) {
    expect((await client.get('/')).body).toBe('done');
    await delay(PAUSE_MS);
  }
  await down;
  expect(changes().at(-1)?.reason).toMatch(/^1 worker would be \d+ % busy, and for /);
});

it('brings in no deploy, and waits for nobody who leaves', async () => {
  const output = program.output();
  expect(output).toMatch(/^worker 3 of the first release$/m);
  expect(output).not.toContain('second');
  expect(output.indexOf('scaled 4 to 3')).toBeLessThan(output.indexOf('gone 3'));
});

it('is scaled by hand within its range, and its status says what the load did', async () => {
  program.kill('SIGUSR2');
  await program.printed(
    /^scale\(9\): MUSTER_INVALID_OPTION .*9 is outside of the range of role "worker", .* 1 to 4, or 0 for none/m,
  );
  const [, status = ''] = await program.printed(/^status: (.*)$/m);
  expect(JSON.parse(status)).toEqual([
    expect.objectContaining({
      workers: 1,
      autoscale: {
        min: 1,
        max: 4,
        last: {
          at: expect.any(Number),
          from: 2,
          to: 1,
          reason: expect.stringContaining('1 worker would be'),
        },
      },
    }),
  ]);
});

it('a new worker that fails costs no request, and is said', async () => {
  await writeFile(join(folder, 'broken'), '');
  const load = startLoad(port, '/busy', 12);
  await program.printed(/role worker was not scaled from 1 to 2: .* no more workers today/);
  expect((await load.stop()).failures).toEqual({});
});
