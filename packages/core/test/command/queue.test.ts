// `muster queue`: what an operator sees of the queues of an app that runs, and does to them.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createQueue, createSchedule, listSchedules, type Queue } from '@muster/queue';
import { createSharedStore, type SharedStore } from '@muster/store';
import { ownTextsOf } from '@muster/store/procedures';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createDeployment, type Deployment } from '../../../../test/support/deployment.js';
import { QUEUE_FLAGS } from '../../dist/command/queue/flags.js';

let deployment: Deployment;
let store: SharedStore;
let mail: Queue<unknown>;

beforeAll(async () => {
  deployment = await createDeployment();
  store = createSharedStore({ url: `lmdb:${join(deployment.app, '.muster/store')}` });
  await store.ready();
  mail = createQueue({ store, name: 'mail', attempts: 1 });
});

afterAll(async () => {
  await mail.close();
  await store.close();
  await deployment[Symbol.asyncDispose]();
});

const muster = async (...args: string[]) => {
  const { stdout, stderr, code } = await deployment.muster(['queue', ...args]);
  return { stdout, stderr, code };
};
const json = async (...args: string[]) => JSON.parse((await muster(...args, '--json')).stdout);

test('an operator sees what has failed, and why', async () => {
  await using schedule = createSchedule({ store, name: 'nightly', cron: '0 3 * * *' }, () => {});
  await schedule.pause();
  await using broken = createSchedule(
    { store, name: 'weekly', cron: '0 4 * * 0', attempts: 1 },
    () => {
      throw new Error('no\u001b[31m disk');
    },
  );
  await broken.pause();
  await broken.runNow();
  const failures = async () => (await listSchedules(store)).map(({ failed }) => failed);
  await expect.poll(failures).toEqual([0, 1]);
  const worker = mail.work(({ data }) => {
    if (data !== 'fine') throw new Error('no\u001b[31m route');
    return { sent: new Date(0), data };
  });
  await mail.addMany([
    { data: 'fine', id: 'ok' },
    { data: 'x', id: 'a' },
    { data: { to: 'ada\n\u202e' }, id: 'b\n' },
  ]);
  await mail.drain();
  await worker.close();

  expect(await json('ls')).toMatchObject({
    queues: expect.arrayContaining([
      expect.objectContaining({ name: 'mail', waiting: 0, failed: 2, done: 1, oldestMs: 0 }),
    ]),
    schedules: [
      { name: 'nightly', cron: '0 3 * * *', isPaused: true, isOrphaned: false, failed: 0 },
      { name: 'weekly', failed: 1, lastFailure: { isManual: true, attempts: 1 } },
    ],
  });
  const list = (await muster('ls')).stdout;
  expect(list).toMatch(/^QUEUE +WAITING +OLDEST [\s\S]*\nmail +0 +- +0 +0 +0 +2 +1 +open *\n/);
  expect(list).toMatch(/\nSCHEDULE +TIMES .*\nnightly +0 3 \* \* \* +- +- +0 +paused\n/);
  expect(list).toMatch(
    /\nweekly .* 1 +paused\nweekly: the run of \S+Z failed at attempt 1: Error: no disk\n$/,
  );

  const failed = (await muster('failed', 'mail', '--limit', '1')).stdout;
  expect(failed).toMatch(/^JOB .*\na +\d{4}-.* 1\/1 +Error: no route\n1 more; --limit 1000 /);
  const shown = (await muster('show', 'mail', '"b\\n"')).stdout;
  expect(shown).toContain('state     failed\n');
  expect(shown).toMatch(/^error +Error: no route\n +at /m);
  expect(shown).toContain('"to": "ada\\n\\u202e"');
  expect(await json('show', 'mail', 'ok')).toMatchObject({
    state: 'done',
    result: { sent: '1970-01-01T00:00:00.000Z', data: 'fine' },
  });
});

test('jobs that failed are retried, and a queue is paused', async () => {
  await using letters = createQueue({ store, name: 'letters', attempts: 1 });
  let isBroken = true;
  letters.work(() => {
    if (isBroken) throw new Error('no route');
  });
  await letters.addMany(['a', 'b'].map((id) => ({ id, data: id })));
  await letters.drain();
  expect((await muster('pause', 'letters')).stdout).toMatch(/^letters is paused/);
  isBroken = false;
  const some = await muster('retry', 'letters', 'a', 'gone');
  expect([some.code, some.stdout]).toEqual([1, '1 job runs again\n']);
  expect(some.stderr).toContain('Not failed or delayed: gone; `muster queue show letters <id>`');
  expect((await muster('show', 'letters')).stdout).toMatch(
    / paused\n\nNEXT .*\na +0 .* 0\/1 +Error: no/,
  );
  expect((await muster('retry', 'letters', '--all')).stdout).toBe('1 job runs again\n');
  expect((await letters.counts()).waiting).toBe(2);
  expect((await muster('resume', 'letters')).stdout).toBe('letters goes on\n');
  await letters.drain();
  expect((await muster('failed', 'letters')).stdout).toBe('No job has failed.\n');
});

test('a queue that is not there is an error that says which are, and where it looked', async () => {
  await mail.add(1);
  const { code, stderr } = await muster('pause', 'mial');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^muster: The store has no queue mial; there are .*mail\. If it is in another store, give its --url\n/,
  );
  const job = await muster('show', 'mail', 'nobody');
  expect([job.code, job.stderr]).toEqual([1, expect.stringContaining('has no job nobody')]);
  const elsewhere = await muster('ls', '--url', 'lmdb:elsewhere');
  expect([elsewhere.code, elsewhere.stderr]).toEqual([
    1,
    expect.stringContaining('There is no store at'),
  ]);
});

test('a run of a schedule is started, and what failed is seen and retried', async () => {
  let isBroken = true;
  const ran: (readonly [boolean, number])[] = [];
  const cron = '0 0 1 1 *';
  await using yearly = createSchedule({ store, name: 'yearly', cron, attempts: 1 }, (run) => {
    ran.push([run.isManual, run.maxAttempts]);
    if (isBroken) throw new Error('no\u001b[31m disk');
  });
  await yearly.pause();
  expect((await muster('failed', 'yearly')).stdout).toBe('No run has failed.\n');
  const first = await muster('run', 'yearly', '--wait');
  const id = /^yearly: the run (now-\S+) was added; /.exec(first.stdout)?.[1] ?? 'none';
  expect([first.code, first.stderr]).toEqual([
    1,
    `muster: The run ${id} of yearly failed for good: Error: no disk\n`,
  ]);
  expect((await muster('failed', 'yearly')).stdout).toMatch(
    /^RUN +DUE +FAILED +ATTEMPTS +ERROR *\nnow-\S+ +\d{4}-\S+ +\d{4}-\S+ +1\/1 +Error: no disk\n$/,
  );
  expect(await json('failed', 'yearly')).toMatchObject([
    {
      id,
      state: 'failed',
      data: { isManual: true, missed: 0 },
      error: { message: 'no\u001b[31m disk' },
    },
  ]);
  expect((await muster('show', 'yearly', id)).stdout).toMatch(/^state +failed\n/m);
  isBroken = false;
  expect((await muster('retry', 'yearly', '--all')).stdout).toBe('1 run starts again\n');
  await expect.poll(() => ran.length).toBe(2);
  expect(await json('run', 'yearly', '--wait')).toMatchObject({
    ...{ name: 'yearly', id: expect.stringMatching(/^now-/), isNew: true, isDone: true },
  });
  expect(ran).toEqual([1, 2, 3].map(() => [true, 1]));
  expect(await json('show', 'yearly')).toMatchObject({
    ...{ cron, isPaused: true, done: 2, failed: 0, waitingRuns: [] },
  });
  expect((await muster('show', 'yearly')).stdout).toMatch(
    /^SCHEDULE .*\nyearly .* paused\nruns: 0 waiting, 0 delayed, 0 running; 2 done are kept\n$/,
  );
});

test('a second run that waits is not added', async () => {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let running = 0;
  await using busy = createSchedule({ store, name: 'busy', cron: '0 0 1 1 *' }, async () => {
    running++;
    await released;
  });
  await muster('run', 'busy');
  await expect.poll(() => running).toBe(1);
  const second = await json('run', 'busy');
  expect(second).toMatchObject({ isNew: true, isDone: false });
  expect(await json('run', 'busy')).toEqual({ ...second, isNew: false });
  expect((await muster('run', 'busy')).stdout).toBe(
    `busy: the run ${second.id} already waits and starts next; no other was added\n`,
  );
  expect((await muster('show', 'busy')).stdout).toContain('runs: 1 waiting, 0 delayed, 1 running');
  release();
  await expect.poll(() => running).toBe(2);
  await busy.close();
});

test('a name of a queue and of a schedule is that of the queue, or what --schedule says', async () => {
  await using both = createQueue({ store, name: 'both' });
  await both.add(1, { delayMs: 3_600_000 });
  await using schedule = createSchedule({ store, name: 'both', cron: '0 0 1 1 *' }, () => {});
  await schedule.next();
  expect((await muster('show', 'both')).stdout).toMatch(/^QUEUE /);
  expect((await muster('show', 'both', '--schedule')).stdout).toMatch(/^SCHEDULE /);
  const refused = await muster('failed', 'mail', '--schedule');
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/The store has no schedule mail; there are .*both/),
  ]);
});

test('a schedule that cannot be run, or paused, is an error that says why', async () => {
  const cron = '0 0 1 1 *';
  await using hourly = createSchedule({ store, name: 'hourly', cron }, () => {});
  await hourly.next();
  await mail.add(1);
  const says = async (...args: string[]) => {
    const { code, stdout, stderr } = await muster(...args);
    expect([code, stdout]).toEqual([1, '']);
    return stderr;
  };
  expect(await says('run', 'hurly')).toMatch(/no schedule hurly; .* Did you mean "hourly"\?/);
  expect(await says('run', 'mail')).toMatch(/no schedule mail; .* mail is a queue/);
  expect(await says('pause', 'hourly')).toMatch(/no queue hourly; .* hourly is a schedule/);
  expect(await says('failed', 'hurly')).toMatch(/no queue or schedule hurly; .*"hourly"/);
});

test('a schedule that no process has any more is not run', async () => {
  await using gone = createSchedule({ store, name: 'gone', cron: '0 0 1 1 *' }, () => {});
  await gone.next();
  await gone.close();
  const record = '{gone}:s';
  const texts = ownTextsOf(store, 'schedule');
  const [, spec] = (await texts.get(record))?.split('\n') ?? [];
  await texts.set(record, `0 0 0 0 1\n${spec}`, 'never');
  const { code, stdout, stderr } = await muster('run', 'gone');
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(
    /^muster: No process has had the schedule gone for three minutes, so no run/,
  );
  expect(await json('show', 'gone')).toMatchObject({ isOrphaned: true, waiting: 0 });
});

test('a queue on Redis is found by its URL', async () => {
  const keyPrefix = `${randomUUID()}:`;
  await using redis = createSharedStore({ url: inject('redisUrl'), keyPrefix });
  await using queue = createQueue({ store: redis, name: 'a b' });
  await queue.add(1, { delayMs: 3_600_000 });
  const args = ['--url', inject('redisUrl'), '--key-prefix', keyPrefix];
  expect(await json('ls', ...args)).toMatchObject({ queues: [{ name: 'a b', delayed: 1 }] });
  const rule = { store: redis, name: 'c d', cron: '0 0 1 1 *', attempts: 1 };
  let runs = 0;
  await using schedule = createSchedule(rule, () => {
    runs++;
    throw new Error('no disk');
  });
  await schedule.next();
  const { code, stderr } = await muster('run', 'c d', '--wait', ...args);
  expect([code, runs]).toEqual([1, 1]);
  expect(stderr).toMatch(/^muster: The run now-\S+ of c d failed for good: Error: no disk\n$/);
  expect(await json('failed', 'c d', ...args)).toMatchObject([{ data: { isManual: true } }]);
});

test('the guide has its options, each as the command has it', async () => {
  const guide = await readFile(
    join(import.meta.dirname, '../../../../docs/guide/command/store-and-queues.md'),
    'utf8',
  );
  for (const { names } of Object.values(QUEUE_FLAGS)) expect(guide).toContain(`| \`${names}\``);
});

test.each([
  [['retry', 'mail'], 'Which jobs? give the ids of the jobs, or --all'],
  [['retry', 'mail', 'a', '--all'], 'Which jobs?'],
  [['show'], "missing required argument 'name'"],
  [['pauze', 'mail'], 'Did you mean pause?'],
  [['run'], "missing required argument 'schedule'"],
  [['ls', '--limit', '3'], "unknown option '--limit'"],
])('%j is not understood', async (args, says) => {
  const { code, stderr } = await muster(...args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
});
