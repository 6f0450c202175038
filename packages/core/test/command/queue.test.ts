// `muster queue`: what an operator sees of the queues of an app that runs, and does to them.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createQueue, createSchedule, listSchedules, type Queue } from '@muster/queue';
import { createSharedStore, type SharedStore } from '@muster/store';
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

test('a queue on Redis is found by its URL', async () => {
  const keyPrefix = `${randomUUID()}:`;
  await using redis = createSharedStore({ url: inject('redisUrl'), keyPrefix });
  await using queue = createQueue({ store: redis, name: 'a b' });
  await queue.add(1, { delayMs: 3_600_000 });
  const args = ['--url', inject('redisUrl'), '--key-prefix', keyPrefix];
  expect(await json('ls', ...args)).toMatchObject({ queues: [{ name: 'a b', delayed: 1 }] });
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
  [['show'], "missing required argument 'queue'"],
  [['pauze', 'mail'], 'Did you mean pause?'],
  [['ls', '--limit', '3'], "unknown option '--limit'"],
])('%j is not understood', async (args, says) => {
  const { code, stderr } = await muster(...args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
});
