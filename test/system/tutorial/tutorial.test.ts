// The tutorial, followed word by word: its files are saved, its command lines typed, and what it shows has to be seen.
import { expect, test } from 'vitest';
import { examplesOf } from '../../support/guide.js';
import { asSeen, createReader } from '../../support/reader.js';
import { startRedis } from '../../support/redis/server.js';

const INDEX = 'docs/tutorial/index.md';
const index = {
  does: await examplesOf(INDEX, 'sh', ['begin']),
  sees: await examplesOf(INDEX, 'text', ['ready']),
};
const COUNTER = 'docs/tutorial/counter.md';
const counter = {
  files: await examplesOf('docs/tutorial/counter.md', 'js', ['store', 'visits', 'server']),
  does: await examplesOf(COUNTER, 'sh', ['ask', 'kill']),
  sees: await examplesOf(COUNTER, 'text', ['replaced', 'asked', 'killed']),
};
const SESSIONS = 'docs/tutorial/sessions.md';
const sessions = {
  files: await examplesOf('docs/tutorial/sessions.md', 'js', ['sessions', 'basket', 'server']),
  types: await examplesOf('docs/tutorial/sessions.md', 'ts', ['session']),
  does: await examplesOf(SESSIONS, 'sh', ['fill', 'reload']),
  sees: await examplesOf(SESSIONS, 'text', ['filled', 'reloaded']),
};
const BROADCAST = 'docs/tutorial/broadcast.md';
const broadcast = {
  files: await examplesOf('docs/tutorial/broadcast.md', 'js', ['orders', 'server']),
  does: await examplesOf(BROADCAST, 'sh', ['read', 'order']),
  sees: await examplesOf(BROADCAST, 'text', ['connected', 'ordered', 'news']),
};
const LIMIT = 'docs/tutorial/rate-limit.md';
const limit = {
  files: await examplesOf('docs/tutorial/rate-limit.md', 'js', ['limit', 'server']),
  does: await examplesOf(LIMIT, 'sh', ['order']),
  sees: await examplesOf(LIMIT, 'text', ['codes']),
};
const CACHE = 'docs/tutorial/cache.md';
const cache = {
  files: await examplesOf('docs/tutorial/cache.md', 'js', ['prices', 'server']),
  does: await examplesOf(CACHE, 'sh', ['ask']),
  sees: await examplesOf(CACHE, 'text', ['answers', 'log']),
};
const JOB = 'docs/tutorial/nightly-job.md';
const job = {
  files: await examplesOf('docs/tutorial/nightly-job.md', 'js', ['report', 'server']),
  does: await examplesOf(JOB, 'sh', ['now', 'look']),
  sees: await examplesOf(JOB, 'text', ['asked', 'log']),
};
const RELOAD = 'docs/tutorial/reload.md';
const reload = {
  files: await examplesOf('docs/tutorial/reload.md', 'js', ['visits', 'broken']),
  does: await examplesOf(RELOAD, 'sh', ['start', 'visit', 'reload', 'fail', 'look']),
  sees: await examplesOf(RELOAD, 'text', ['reloaded', 'aborted', 'serving']),
};
const MACHINES = 'docs/tutorial/two-machines.md';
const machines = {
  does: await examplesOf(MACHINES, 'sh', [
    'redis',
    'move',
    'first',
    'second',
    'look',
    'visit',
    'read',
    'order',
  ]),
  sees: await examplesOf(MACHINES, 'text', ['moved', 'known', 'visited', 'ordered', 'news']),
};

test('the tutorial', async () => {
  await using redis = await startRedis();
  await using reader = await createReader({
    installs: ['express', 'express-session'],
    ports: [3000, 3001],
    says: { 'redis://127.0.0.1:6379': redis.url },
  });
  await reader.type('npx @muster/core init');

  const [install = '', run = ''] = index.does.begin.trim().split('\n');
  expect(install).toBe('npm install express express-session');
  const dev = await reader.start(run);
  for (const line of index.sees.ready.trim().split('\n')) await dev.printed(asSeen(line));

  /** Saves the files of a page, and waits until no process is left that was there before. */
  const saved = async (files: Record<string, string>) => {
    const told = dev.output().length;
    await reader.save(files);
    const before = new Set((await reader.status()).workers.map(({ pid }) => pid));
    await expect
      .poll(async () => (await reader.status()).workers.filter(({ pid }) => before.has(pid)))
      .toEqual([]);
    await expect.poll(() => dev.output().slice(told)).toMatch(asSeen(counter.sees.replaced));
    // Files that are saved one after the other may be two changes to who watches them, with a reload each.
    let seen = '';
    const isSame = async () => {
      const { workers, operation } = await reader.status();
      const before = seen;
      seen = workers.map(({ pid }) => pid).join();
      return !operation && seen === before;
    };
    await expect.poll(isSame, { interval: 500 }).toBe(true);
  };

  await saved(counter.files);
  const asked = await reader.type(counter.does.ask);
  // Connections go to the workers in turn, but a busy worker is left out.
  const seen = (text: string) => asSeen(text.replace(/, \d of/g, ', … of'));
  expect(asked).toMatch(seen(counter.sees.asked));
  const pid = /process (\d+)/.exec(asked)?.[1] ?? '';
  const [kill = '', ask = ''] = counter.does.kill.trim().split('\n');
  await reader.type(kill.replace('5203', pid));
  await dev.printed(new RegExp(`pid ${pid}, .* SIGKILL`));
  const killed = await reader.type(ask);
  expect(killed).toMatch(seen(counter.sees.killed));
  expect(killed).not.toContain(`process ${pid}`);

  await saved({ ...sessions.files, ...sessions.types });
  const filled = await reader.type(sessions.does.fill);
  expect(filled).toMatch(asSeen(sessions.sees.filled));
  expect(await reader.type(sessions.does.reload)).toMatch(asSeen(sessions.sees.reloaded));

  await saved(broadcast.files);
  // Each connection goes to the next worker, unless something else connects in between.
  const readers = new Map<string, Awaited<ReturnType<typeof reader.start>>>();
  while (readers.size < 2) {
    const program = await reader.start(broadcast.does.read);
    const [line = ''] = await program.printed(asSeen(broadcast.sees.connected));
    readers.set(line, program);
  }
  const ordered = await reader.type(broadcast.does.order);
  expect(ordered).toMatch(asSeen(broadcast.sees.ordered));
  for (const program of readers.values()) await program.printed(asSeen(broadcast.sees.news));

  await saved(limit.files);
  expect(await reader.type(limit.does.order)).toBe(limit.sees.codes);

  await saved(cache.files);
  expect(await reader.type(cache.does.ask)).toBe(cache.sees.answers);
  await dev.printed(asSeen(cache.sees.log));
  expect(dev.output().match(/asks the supplier/g)).toHaveLength(1);

  await saved(job.files);
  expect(await reader.type(job.does.now)).toBe(job.sees.asked);
  const made = asSeen(job.sees.log.replace(/\S+$/m, '…'));
  await dev.printed(made);
  const [queues = '', keys = ''] = job.does.look.trim().split('\n');
  expect(await reader.type(queues)).toMatch(/^nightly /m);
  // At three at night, there is one more.
  const reports = dev
    .output()
    .match(new RegExp(made, 'gm'))
    ?.map((line) => line.split(' ').at(-1));
  expect((await reader.type(keys)).trim().split('\n')).toEqual(reports);
  dev.kill('SIGINT');
  await dev.exited;

  const visitor = (text: string) => asSeen(text.replace(/visitor \d+/g, 'visitor …'));
  const shop = await reader.start(reload.does.start);
  await shop.printed(/ is ready: 2 workers/);
  const visits = await reader.start(reload.does.visit);
  await reader.save({ visits: reload.files.visits });
  expect(await reader.type(reload.does.reload)).toMatch(visitor(reload.sees.reloaded));
  await reader.save({ broken: reload.files.broken });
  const aborted = await reader.type(reload.does.fail, { code: 1 });
  expect(aborted).toMatch(asSeen(reload.sees.aborted));
  expect(await reader.type(reload.does.look)).toMatch(visitor(reload.sees.serving));
  expect(visits.output()).toBe('');
  await visits[Symbol.asyncDispose]();
  await reader.save({ report: job.files.report });
  shop.kill('SIGINT');
  await shop.exited;

  expect(await reader.type(machines.does.move)).toMatch(asSeen(machines.sees.moved));
  const first = await reader.start(machines.does.first);
  const second = await reader.start(machines.does.second);
  for (const machine of [first, second]) await machine.printed(/ is ready: 2 workers/);
  const known = machines.sees.known.replace(/^\S+ +1 (.* 3 ).*$/m, '… $1 …');
  await expect
    .poll(() => reader.type(machines.does.look), { interval: 500 })
    .toMatch(asSeen(known));
  const visited = await reader.type(machines.does.visit);
  expect(visited).toMatch(visitor(machines.sees.visited));
  const [one = 0, two = 0] = visited.match(/\d+/g)?.map(Number) ?? [];
  expect([two, one > 4]).toEqual([one + 1, true]);
  const news = await reader.start(machines.does.read);
  await news.printed(/connected/);
  expect(await reader.type(machines.does.order)).toMatch(asSeen(machines.sees.ordered));
  await news.printed(asSeen(machines.sees.news));
});
