// The recipes for work that has to be done once, as they are printed: with a process killed in the middle of it.
import { expect, test } from 'vitest';
import { changed, examplesOf } from '../../support/guide.js';
import { createReader } from '../../support/reader.js';

const nightly = {
  files: await examplesOf('docs/recipes/once-nightly.md', 'js', ['server', 'work']),
  does: await examplesOf('docs/recipes/once-nightly.md', 'sh', ['ask']),
};
const lock = {
  files: await examplesOf('docs/recipes/cron-lock.md', 'js', ['script', 'work']),
  does: await examplesOf('docs/recipes/cron-lock.md', 'sh', ['twice']),
};
const webhooks = {
  files: await examplesOf('docs/recipes/webhooks.md', 'js', ['server', 'mail']),
  does: await examplesOf('docs/recipes/webhooks.md', 'sh', ['deliver']),
  sees: await examplesOf('docs/recipes/webhooks.md', 'text', ['delivered']),
};
const { start } = await examplesOf('docs/recipes/index.md', 'sh', ['start']);

/** Work that the first process to do it never ends. What it prints says so: its process may be killed. */
const stuckOnce = `
  if (!existsSync('begun')) {
    writeFileSync('begun', '');
    console.log(\`process \${process.pid} is in the middle of it\`);
    await new Promise((resolve) => setInterval(resolve, 2 ** 30));
  }`;
const FILES = "import { existsSync, writeFileSync } from 'node:fs';";
const stuck = (code: string, first: string) =>
  code.replace('\n', `\n${FILES}\n`).replace(first, `${stuckOnce}\n${first}`);
const IN_THE_MIDDLE = /process (\d+) is in the middle of it/;

async function readerOf(files: Record<string, string>) {
  const reader = await createReader({ installs: ['express'] });
  await reader.save(files);
  return reader;
}

test('a nightly run whose process is killed is made again by another one, and its report is there once', async () => {
  const work = stuck(nightly.files.work, '  await sleep(1000');
  await using reader = await readerOf({ ...nightly.files, work });
  await using shop = await reader.start(start);
  await shop.printed(/ is ready: 2 workers/);
  await reader.type(nightly.does.ask);
  const [, pid] = await shop.printed(IN_THE_MIDDLE);
  process.kill(Number(pid), 'SIGKILL');
  const [, night] = await shop.printed(/report of (\S+): attempt 2 in process \d+/);
  const reports = () => reader.type('curl -s localhost:3000/reports').then(JSON.parse);
  await expect
    .poll(reports, { interval: 200 })
    .toEqual([{ night, report: { orders: 42, until: night } }]);
  const runs = shop.output().match(/^report of .*/gm) ?? [];
  // At three at night in Paris there is another one.
  expect(runs.filter((line) => line.includes(`${night}:`))).toHaveLength(2);
});

test('a script that cron starts twice does its work once, and again if it was killed in the middle', async () => {
  // Each of them stands for a machine, which waits until the lease of another one ends: here for a second.
  const script = changed(lock.files.script, 'waitMs: 3_600_000', 'waitMs: 3_600_000, ttlMs: 1_000');
  const work = stuck(lock.files.work, '  console.log(`making');
  await using reader = await readerOf({ script, work });
  const first = await reader.start('exec node report.js');
  await first.printed(IN_THE_MIDDLE);
  const others = await reader.start(lock.does.twice);
  first.kill('SIGKILL');
  await first.exited;
  expect(await others.exited).toMatchObject({ code: 0 });
  const lines = others.output().trim().split('\n');
  expect(lines.map((line) => line.replace(/\d+-\d+-\d+/, 'DAY'))).toEqual([
    'making the report of DAY',
    'DAY: made',
    'DAY: somebody has made it',
  ]);
});

test('an event that is delivered often counts once, also if the process that works on it is killed', async () => {
  const mail = stuck(webhooks.files.mail, '  console.log(`mail');
  await using reader = await readerOf({ ...webhooks.files, mail });
  await using shop = await reader.start(start);
  await shop.printed(/ is ready: 2 workers/);
  const [deliver = ''] = webhooks.does.deliver.trim().split('\n');
  expect(await reader.type(webhooks.does.deliver)).toBe(webhooks.sees.delivered);
  const [, pid] = await shop.printed(IN_THE_MIDDLE);
  process.kill(Number(pid), 'SIGKILL');
  const [, key] = await shop.printed(/^mail (\S+): order 7 is paid$/m);

  // The same at the same moment, on whichever workers.
  const again = deliver.replace('evt_1', 'evt_2').replace('"7"', '"8"');
  const answers = await reader.type(`${`${again} & `.repeat(6)} wait`);
  expect(answers.trim().split('\n').sort()).toEqual([
    'known',
    'known',
    'known',
    'known',
    'known',
    'new',
  ]);
  await shop.printed(/^mail \S+: order 8 is paid$/m);
  // Another event about the same order, as after a correction.
  expect(await reader.type(deliver.replace('evt_1', 'evt_3'))).toBe('new\n');
  const jobs = () => reader.type('npx @muster/core queue ls');
  await expect.poll(jobs, { interval: 500 }).toMatch(/^events .* 0 +0 +0 +0 +3\b/m);
  const mails = shop.output().match(/^mail .*/gm);
  expect(mails).toHaveLength(2);
  expect(mails?.[0]).toBe(`mail ${key}: order 7 is paid`);
});
